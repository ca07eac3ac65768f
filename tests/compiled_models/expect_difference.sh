#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Has the checker of a firmware_trace_test find a layer that differs.
#
# Gets on stdin what the program printed. Arguments: the checker, and what its output must begin with.
set -u

printed=$("$1")
code=$?
echo "$printed"
case $code,$printed in
  1,"$2"*) exit 0 ;;
esac
echo "exit code $code, and not \"$2…\""
exit 1
