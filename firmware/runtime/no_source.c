// SPDX-License-Identifier: Apache-2.0
// Of a program that is made of libraries alone. GNU ld looks for the C library's functions in what a link with -flto has
// made of the program only if the first of its inputs is an object, and not a library.
extern int no_source;
