// SPDX-License-Identifier: Apache-2.0
"use strict";

// Reads a .tflite file, counts and plans, as tflite/reader.py, costs.py and memory_plan.py do: with the same figures and
// messages. The file may be hostile. Every position is checked, and what is read is bounded by the file's size.
//
// What takes long is a generator that yields now and then, so that the page can go on. Numbers that a file can make larger
// than 2^53 are BigInt.

// FORMAT, what web/model_format.py says of such files, stands before this script.
const LIMITS = FORMAT.limits;
const CALLS = new Map(Object.entries(FORMAT.calls));
const SUFFIXES = new Map(Object.entries(FORMAT.other_files.suffix));

// Of the layers and of the inputs and outputs so many are shown, and of a text so many characters.
const MOST_ROWS = 500;
const MOST_TEXT = 300;

/** A file that can't be shown. The message is one line, without the file's name. */
class ModelFault extends Error {}

function refuse(text) {
  throw new ModelFault(text);
}

function damaged(text) {
  refuse(`is truncated or damaged: ${text}`);
}

// --- FlatBuffers ------------------------------------------------------------------------------------

const NUMBERS = {
  "?": [1, "getUint8"],
  b: [1, "getInt8"],
  B: [1, "getUint8"],
  h: [2, "getInt16"],
  H: [2, "getUint16"],
  i: [4, "getInt32"],
  I: [4, "getUint32"],
  f: [4, "getFloat32"],
  q: [8, "getBigInt64"],
  Q: [8, "getBigUint64"],
};

/** A file in memory, and how much may still be read of it. */
class Bytes {
  constructor(buffer) {
    this.view = new DataView(buffer);
    this.size = buffer.byteLength;
    // In a sound file every table of a vector has four bytes there, and of its values only a few strings are shared.
    this.itemsLeft = Math.min(LIMITS.items, this.size >> 2);
    this.valuesLeft = 4 * this.size;
  }

  number(code, position) {
    const [width, getter] = NUMBERS[code];
    if (position < 0) damaged(`an offset leads to byte ${position}`);
    if (position + width > this.size) damaged(`an offset leads to byte ${position} of ${this.size}`);
    return this.view[getter](position, true);
  }

  /** Finds a vector's items: the byte where they start, and their number. */
  vector(position, width) {
    const start = position + this.number("I", position);
    const count = this.number("I", start);
    if (start + 4 + count * width > this.size) damaged(`a vector of ${count} items ends beyond its ${this.size} bytes`);
    return [start + 4, count];
  }

  countItems(count) {
    this.itemsLeft -= count;
    if (this.itemsLeft < 0) damaged("it claims to have more tables than fit into it");
  }

  countValues(count) {
    this.valuesLeft -= count;
    if (this.valuesLeft < 0) damaged("it claims to have more values than fit into it");
  }
}

/** One table. Its fields are asked for by the schema's names. */
class Table {
  constructor(bytes, position, kind) {
    this.bytes = bytes;
    this.position = position;
    this.fields = FORMAT.tables[kind];
    this.vtable = position - bytes.number("i", position);
    this.size = bytes.number("H", this.vtable);
  }

  place(name) {
    const entry = 4 + 2 * this.fields[name][0];
    if (entry + 2 > this.size) return 0;
    const offset = this.bytes.number("H", this.vtable + entry);
    return offset ? this.position + offset : 0;
  }

  scalar(name) {
    const [, code, otherwise] = this.fields[name];
    const place = this.place(name);
    return place ? this.bytes.number(code, place) : otherwise;
  }

  /** Finds a string or a vector without reading it; undefined if it is not written. */
  span(name) {
    const place = this.place(name);
    const [width] = NUMBERS[this.fields[name][1][1]] ?? [1];
    return place ? this.bytes.vector(place, width) : undefined;
  }

  /** Like `vector`, of numbers that are read for the first time. */
  counted(name) {
    const found = this.vector(name);
    this.bytes.countValues(found.count * found.width);
    return found;
  }

  /** Finds a vector of numbers: how many, and a function that gives one. */
  vector(name) {
    const [start, count] = this.span(name) ?? [0, 0];
    const code = this.fields[name][1][1];
    const [width, getter] = NUMBERS[code];
    if (count && start % Math.min(width, 4)) damaged(`a vector of ${width}-byte numbers starts at byte ${start}`);
    const { view } = this.bytes;
    return { count, width, at: (i) => view[getter](start + i * width, true) };
  }

  /** Reads a short vector of int32. */
  integers(name, most) {
    const { count, at } = this.counted(name);
    return Array.from({ length: Math.min(count, most) }, (_, i) => at(i));
  }

  /** Reads a string: its first characters, printable. */
  text(name, most = MOST_TEXT) {
    const span = this.span(name);
    if (!span) return "";
    this.bytes.countValues(span[1]);
    // No character has more than four bytes.
    return shortened(printable(decoded(this.bytes, ...span, 4 * (most + 1))), most);
  }

  table(name, kind = this.fields[name][2]) {
    const place = this.place(name);
    return place ? new Table(this.bytes, place + this.bytes.number("I", place), kind) : undefined;
  }

  *tables(name) {
    const place = this.place(name);
    if (!place) return;
    const [start, count] = this.bytes.vector(place, 4);
    this.bytes.countItems(count);
    for (let item = start; item < start + 4 * count; item += 4) {
      yield new Table(this.bytes, item + this.bytes.number("I", item), this.fields[name][2]);
    }
  }
}

function decoded(bytes, start, count, most) {
  const part = new Uint8Array(bytes.view.buffer, start, Math.min(count, most));
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(part);
}

// As Python's str.isprintable().
const UNPRINTABLE = /(?! )[\p{C}\p{Z}]/gu;

/** Escapes what can't be seen, or turns the order of what follows. */
function printable(text) {
  return text.replace(UNPRINTABLE, (character) => {
    const known = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
    if (known) return known;
    const code = character.codePointAt(0);
    const [mark, digits] = code < 256 ? ["x", 2] : code < 65536 ? ["u", 4] : ["U", 8];
    return `\\${mark}${code.toString(16).padStart(digits, "0")}`;
  });
}

function shortened(text, most = MOST_TEXT) {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

// --- a model ----------------------------------------------------------------------------------------

/** Says what a file is that is not a .tflite file; its first bytes, and its name. */
function otherFile(start, name) {
  const { magic, zip } = FORMAT.other_files;
  const first = Array.from(start, (byte) => String.fromCharCode(byte)).join("");
  const known = magic.find(([bytes]) => first.startsWith(bytes))?.[1];
  const [zipBytes, zipText] = first.startsWith(zip[0]) ? zip : [];
  return (
    known ??
    SUFFIXES.get(name.toLowerCase().match(/\.[^.]*$/)?.[0]) ??
    (zipBytes && zipText) ??
    `is not a TensorFlow Lite model: no identifier '${FORMAT.identifier}' at byte 4`
  );
}

/** Refuses what is not a .tflite file, by its size and its first bytes. */
function checkKind(size, start, name) {
  if (size === 0) refuse("is empty, not a TensorFlow Lite model");
  if (String.fromCharCode(...start.subarray(4, 8)) !== FORMAT.identifier) refuse(otherFile(start, name));
  if (size > LIMITS.bytes) refuse("is larger than 2 GB, which no TensorFlow Lite model is");
}

function readOperator(table, i) {
  const [old, newer] = [table.scalar("deprecated_builtin_code"), table.scalar("builtin_code")];
  if (old && newer && old !== Math.min(newer, LIMITS.old_code)) {
    refuse(`is damaged: operator code ${i} is ${old} in one place and ${newer} in another`);
  }
  const code = Math.max(old, newer);
  let name = FORMAT.operators[code];
  if (name == null) refuse(`has the unknown builtin operator code ${code}`);
  const isCustom = name === "CUSTOM";
  if (isCustom) {
    const span = table.span("custom_code") ?? [0, 0];
    name = shortened(decoded(table.bytes, ...span, 4 * (MOST_TEXT + 1)));
    if (!name) refuse(`operator code ${i} is custom, but has no name`);
    if (name.search(UNPRINTABLE) >= 0) refuse(`operator code ${i} has the unprintable name '${printable(name)}'`);
  }
  return { code, name, isCustom, version: table.scalar("version"), uses: 0, macs: 0n };
}

/** Finds the buffers' sizes, and checks that none reaches beyond the file: this finds truncated files. */
function* readBufferSizes(root) {
  const sizes = [];
  const places = new Set();
  let all = 0;
  for (const table of root.tables("buffers")) {
    yield;
    let [start, size] = table.span("data") ?? [0, 0];
    // 1 is what a converter writes before it knows the place.
    if (!size && table.scalar("offset") > 1) [start, size] = [Number(table.scalar("offset")), Number(table.scalar("size"))];
    if (start + size > root.bytes.size) {
      refuse(`is truncated: buffer ${sizes.length} ends beyond the file's ${root.bytes.size} bytes`);
    }
    sizes.push(size);
    const place = `${start},${size}`;
    // Several may share their contents as a whole.
    if (!places.has(place)) all += size;
    places.add(place);
  }
  if (all > root.bytes.size) refuse("is damaged: its buffers overlap");
  return sizes;
}

function bufferSize(sizes, index, what) {
  if (index >= sizes.length) refuse(`is damaged: ${what} has buffer index ${index}, of ${sizes.length}`);
  return sizes[index];
}

function* readTensor(table, index, subgraph, sizes) {
  const what = `tensor ${index} of subgraph ${subgraph}`;
  const code = table.scalar("type");
  const type = FORMAT.types[code];
  if (type == null) refuse(`${what} has the unknown type ${code}`);
  const { count: rank } = table.vector("shape");
  if (rank > LIMITS.rank) refuse(`is damaged: ${what} has ${rank} dimensions`);
  const shape = table.integers("shape", rank);
  if (shape.some((dimension) => dimension < 0)) {
    refuse(`${what} has the shape [${shape.join(", ")}]: convert the model with fixed shapes`);
  }
  const signature = table.span("shape_signature")?.[1] === rank ? table.integers("shape_signature", rank) : [];
  const buffer = table.scalar("buffer");
  const elements = product(shape);
  const bits = FORMAT.bits[type];
  return {
    name: table.text("name", LIMITS.name),
    type,
    shape,
    // What may vary is marked, if the file says it at all.
    shapeText: shape.map((dimension, i) => (signature[i] < 0 ? "?" : dimension)).join("x") || "scalar",
    elements,
    bytes: bits === undefined ? undefined : (elements * BigInt(bits) + 7n) / 8n,
    buffer,
    bufferSize: bufferSize(sizes, buffer, what),
    isVariable: Boolean(table.scalar("is_variable")),
    quantization: yield* readQuantization(table.table("quantization"), what),
  };
}

/** Reads what integers mean, e.g. "0.5 * (q + 128)"; "" if nothing is said. */
function* readQuantization(table, what) {
  if (!table) return "";
  const scales = table.counted("scale");
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < scales.count; ++i) {
    if (i % 65536 === 65535) yield;
    const scale = scales.at(i);
    if (!Number.isFinite(scale)) {
      refuse(
        `${what} has a scale that is not a number: the file is damaged, or what comes before was always zero with the` +
          " representative dataset",
      );
    }
    least = Math.min(least, scale);
    most = Math.max(most, scale);
  }
  if (!scales.count) return "";
  const points = table.counted("zero_point");
  if (!points.count) return "";
  if (points.count !== scales.count) {
    refuse(`is damaged: ${what} has ${scales.count} scales and ${points.count} zero points`);
  }
  const point = points.at(0);
  if (points.count === 1) {
    const scale = general(scales.at(0));
    if (!point) return `${scale} * q`;
    return `${scale} * (q ${point < 0n ? "+" : "-"} ${point < 0n ? -point : point})`;
  }
  let isOne = true;
  for (let i = 1; isOne && i < points.count; ++i) {
    if (i % 65536 === 65535) yield;
    isOne = points.at(i) === point;
  }
  const axis = table.scalar("quantized_dimension");
  const zero = isOne ? `zero point ${point}` : "several zero points";
  return `${scales.count} channels on axis ${axis}, ${general(least)} to ${general(most)}, ${zero}`;
}

const SIX_DIGITS = new Intl.NumberFormat("en", {
  notation: "scientific",
  maximumSignificantDigits: 6,
  roundingMode: "halfEven",
});

/** Writes a number as Python's format ".6g" does. */
function general(value) {
  if (Object.is(value, -0)) return "-0";
  const [digits, exponent] = SIX_DIGITS.format(value).split("E");
  if (exponent < -4 || exponent >= 6) {
    return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return Number(`${digits}e${exponent}`).toString();
}

/** A subgraph. Of its operators only the places are kept: each is read when it is asked for. */
class Graph {
  tensors = [];
  places = [];

  constructor(index, bytes, operators) {
    Object.assign(this, { index, bytes, operators });
  }

  /** Checks what an operator refers to, and takes it. */
  *add(table) {
    const i = this.places.length;
    const code = table.scalar("opcode_index");
    if (code >= this.operators.length) {
      refuse(`is damaged: operator ${i} of subgraph ${this.index} has code index ${code}, of ${this.operators.length}`);
    }
    yield* this.indices(table, "inputs", `operator ${i}`, -1);
    yield* this.indices(table, "outputs", `operator ${i}`);
    yield* this.indices(table, "intermediates", `operator ${i}`, -1);
    this.places.push(table.position);
  }

  node(i) {
    const table = new Table(this.bytes, this.places[i], "Operator");
    return {
      operator: this.operators[table.scalar("opcode_index")],
      inputs: table.vector("inputs"),
      outputs: table.vector("outputs"),
      option: (name) => optionOf(table, name),
    };
  }

  /** Reads the numbers of tensors. */
  *indices(table, field, what, least = 0) {
    const found = table.counted(field);
    for (let k = 0; k < found.count; ++k) {
      if (k % 65536 === 65535) yield;
      if (found.at(k) < least || found.at(k) >= this.tensors.length) {
        refuse(
          `is damaged: ${what} of subgraph ${this.index} has tensor index ${found.at(k)}, of ${this.tensors.length}`,
        );
      }
    }
    return found;
  }

  /** Gives the tensor that a vector names at a place; undefined if there is none. */
  tensor(indices, place) {
    return place < indices.count ? this.tensors[indices.at(place)] : undefined;
  }
}

/** Reads an option; undefined if the operator does not have it. */
function optionOf(table, name) {
  for (const [typeField, field, kinds] of FORMAT.options) {
    const number = table.scalar(typeField);
    if (number === 0 || !table.place(field)) continue;
    const kind = kinds[number];
    return kind && name in FORMAT.tables[kind] ? table.table(field, kind).scalar(name) : undefined;
  }
  return undefined;
}

/** Reads a file's tables, and checks all but operators' options. */
function* readModel(buffer) {
  const bytes = new Bytes(buffer);
  const offset = bytes.number("I", 0);
  if (offset < 8 || offset > bytes.size - 4) damaged(`its root is at byte ${offset}`);
  const root = new Table(bytes, offset, "Model");
  const version = root.scalar("version");
  if (version !== FORMAT.version) refuse(`has schema version ${version}, only version ${FORMAT.version} is supported`);
  const codes = [];
  const operators = new Map();
  for (const table of root.tables("operator_codes")) {
    yield;
    const operator = readOperator(table, codes.length);
    const key = JSON.stringify([operator.code, operator.name, operator.version]);
    if (!operators.has(key)) operators.set(key, operator);
    codes.push(operators.get(key));
  }
  const sizes = yield* readBufferSizes(root);
  const graphs = [];
  const known = new Map();
  for (const table of root.tables("subgraphs")) {
    const graph = new Graph(graphs.length, bytes, codes);
    for (const one of table.tables("tensors")) {
      yield;
      // Those of a hostile file may be one table.
      if (!known.has(one.position)) {
        known.set(one.position, yield* readTensor(one, graph.tensors.length, graph.index, sizes));
      }
      graph.tensors.push(known.get(one.position));
    }
    for (const node of table.tables("operators")) {
      yield;
      yield* graph.add(node);
    }
    graph.inputs = yield* graph.indices(table, "inputs", "an input");
    graph.outputs = yield* graph.indices(table, "outputs", "an output");
    graphs.push(graph);
  }
  if (!graphs.length) refuse("is damaged: it has no subgraph");
  const metadata = [];
  for (const table of root.tables("metadata")) {
    yield;
    metadata.push({ name: table.text("name"), bytes: bufferSize(sizes, table.scalar("buffer"), "metadata") });
  }
  const description = root.text("description");
  return { size: bytes.size, operators: [...operators.values()], graphs, metadata, version, description };
}

// --- what it costs ----------------------------------------------------------------------------------

const UNKNOWN = Symbol("unknown");

function product(dimensions) {
  return dimensions.reduce((all, dimension) => all * BigInt(dimension), 1n);
}

// Of each operator that is counted: input(i, rank) and output() give tensors, which must be there.
const COUNTS = {
  CONV_2D: ({ input, output }) => output().elements * product(input(1, 4).shape.slice(1)),
  CONV_3D: ({ input, output }) => output().elements * product(input(1, 5).shape.slice(0, -1)),
  DEPTHWISE_CONV_2D: ({ input, output }) => output().elements * product(input(1, 4).shape.slice(1, 3)),
  FULLY_CONNECTED: ({ input, output }) => output().elements * product(input(1, 2).shape.slice(1)),
  TRANSPOSE_CONV: ({ input }) => input(2).elements * product(input(1, 4).shape.slice(0, 3)),
  BATCH_MATMUL: ({ input, output, node }) => {
    const depth = input(0).shape.at(node.option("adj_x") ? -2 : -1);
    if (depth === undefined) throw UNKNOWN;
    return output().elements * BigInt(depth);
  },
  SVDF: ({ input }) => product(input(0, 2).shape.slice(0, 1)) * (input(1).elements + input(2).elements),
  // Each weight matrix once a step; 16 is the projection.
  UNIDIRECTIONAL_SEQUENCE_LSTM: ({ input, node, graph }) => {
    if (node.inputs.count < 17) throw UNKNOWN;
    const matrices = [1, 2, 3, 4, 5, 6, 7, 8, 16].map((i) => graph.tensor(node.inputs, i)?.elements ?? 0n);
    return product(input(0, 3).shape.slice(0, 2)) * matrices.reduce((a, b) => a + b);
  },
};

/** Counts a layer's multiply-accumulates in one inference; undefined if they are not known. */
function multiplyAccumulates(node, graph) {
  const { name, isCustom } = node.operator;
  if (isCustom) return undefined;
  if (!FORMAT.counted.includes(name)) return 0n;
  const given = (tensor, rank = tensor?.shape.length) => {
    if (tensor?.shape.length !== rank || !tensor) throw UNKNOWN;
    return tensor;
  };
  try {
    return COUNTS[name]?.({
      input: (i, rank) => given(graph.tensor(node.inputs, i), rank),
      output: () => given(graph.tensor(node.outputs, 0)),
      node,
      graph,
    });
  } catch (reason) {
    if (reason !== UNKNOWN) throw reason;
    return undefined;
  }
}

/** Finds the constants that a layer reads, by buffer. */
function* weightsOf(node, graph) {
  const found = new Map();
  for (let k = 0; k < node.inputs.count; ++k) {
    if (k % 65536 === 65535) yield;
    const tensor = graph.tensor(node.inputs, k);
    if (tensor?.bufferSize && !found.has(tensor.buffer)) found.set(tensor.buffer, tensor);
  }
  return found;
}

// --- memory -----------------------------------------------------------------------------------------

/** A model for which there is no memory plan. The message is a part of a line. */
class PlanFault extends Error {}

// So many tensors of operators are looked at: subgraphs may run others very often.
const MOST_LOOKS = 2e7;

/** Finds the steps in which each tensor of each subgraph is written first and needed last. */
function* lifetimes(graphs) {
  const spans = graphs.map(({ tensors }) => [
    new Int32Array(tensors.length).fill(-1),
    new Int32Array(tensors.length).fill(-1),
  ]);
  const steps = [];
  const running = [];
  let looks = 0;
  const step = (name) => {
    if (steps.length >= LIMITS.steps) throw new PlanFault(`an inference has more than ${LIMITS.steps} steps`);
    steps.push(name);
  };
  function* mark(index, { count, at }, isWritten, isNeeded) {
    const [first, last] = spans[index];
    looks += count;
    if (looks > MOST_LOOKS) throw new PlanFault("an inference is too long to be followed here");
    for (let k = 0; k < count; ++k) {
      if (k % 65536 === 65535) yield;
      const tensor = at(k);
      // -1 is an optional input that is left out.
      if (tensor < 0) continue;
      if (isWritten && first[tensor] < 0) first[tensor] = steps.length - 1;
      if (isNeeded) last[tensor] = steps.length - 1;
    }
  }
  function* walk(index) {
    if (running.includes(index) || running.length >= LIMITS.depth) throw new PlanFault(`subgraph ${index} calls itself`);
    running.push(index);
    const graph = graphs[index];
    step("the start");
    yield* mark(index, graph.inputs, true, true);
    for (let i = 0; i < graph.places.length; ++i) {
      yield;
      const node = graph.node(i);
      step(`layer ${i}, ${node.operator.name}`);
      yield* mark(index, node.outputs, true, false);
      for (const name of CALLS.get(node.operator.name) ?? []) {
        const called = node.option(name);
        if (called === undefined) continue;
        if (!graphs[called]) throw new PlanFault(`operator ${i} calls subgraph ${called}, which is none`);
        yield* walk(called);
      }
      yield* mark(index, node.inputs, false, true);
      yield* mark(index, node.outputs, false, true);
    }
    yield* mark(index, graph.outputs, true, true);
    running.pop();
  }
  yield* walk(0);
  return { spans, steps };
}

/** Places buffers as TFLM's planner does: the largest first, each into the first gap between those that live then. */
function* place(buffers, ties) {
  const order = ties === "first" ? [...buffers] : [...buffers].reverse();
  order.sort((a, b) => (a.size < b.size ? 1 : a.size > b.size ? -1 : 0));
  const placed = [];
  for (const buffer of order) {
    yield;
    buffer.offset = 0n;
    for (const other of placed) {
      if (other.first > buffer.last || buffer.first > other.last) continue;
      if (other.offset - buffer.offset >= buffer.size) break;
      if (other.offset + other.size > buffer.offset) buffer.offset = other.offset + other.size;
    }
    const after = placed.findIndex((other) => other.offset > buffer.offset);
    placed.splice(after < 0 ? placed.length : after, 0, buffer);
  }
}

/** Plans the activations of a model: how many bytes they take, and how many live at once, and where. */
function* planMemory({ graphs }, ties) {
  const { spans, steps } = yield* lifetimes(graphs);
  const buffers = [];
  let variables = 0n;
  for (const graph of graphs) {
    for (const [i, tensor] of graph.tensors.entries()) {
      yield;
      if (tensor.bufferSize) continue;
      if (tensor.bytes === undefined) throw new PlanFault(`tensor ${i} is ${tensor.type}, of no fixed size`);
      const unit = BigInt(LIMITS.alignment);
      const size = ((tensor.bytes + unit - 1n) / unit) * unit;
      const [first, last] = spans[graph.index].map((all) => all[i]);
      if (tensor.isVariable) variables += size;
      else if (size) buffers.push({ size, first, last });
    }
  }
  if (buffers.length > LIMITS.planned) {
    throw new PlanFault(`${buffers.length} tensors are more than the ${LIMITS.planned} that are planned`);
  }
  yield* place(buffers, ties);
  const changes = Array(steps.length + 1).fill(0n);
  for (const { size, first, last } of buffers.filter((one) => one.last >= 0)) {
    changes[Math.max(first, 0)] += size;
    changes[last + 1] -= size;
  }
  let [live, most, where] = [0n, 0n, 0];
  steps.forEach((_, i) => {
    live += changes[i];
    if (live > most) [most, where] = [live, i];
  });
  const peak = buffers.reduce((all, { offset, size }) => (offset + size > all ? offset + size : all), 0n);
  return { peak, most, where: steps[where], variables };
}

// --- all of it --------------------------------------------------------------------------------------

const keyOf = ({ name, isCustom }) => (isCustom ? `custom:${name}` : name);

/** Says whether a TFLM has an operator: "yes", "no", or up to which version; versions by operator. */
function hasOperator(versions, operator) {
  const key = keyOf(operator);
  if (!Object.hasOwn(versions, key)) return "no";
  return versions[key] !== null && operator.version > versions[key] ? `up to version ${versions[key]}` : "yes";
}

/** Makes of a file's bytes what is shown. */
function* summarize(buffer) {
  const model = yield* readModel(buffer);
  const { engines } = FORMAT;
  const layers = [];
  const weights = new Map();
  let macs = 0n;
  for (const graph of model.graphs) {
    for (let i = 0; i < graph.places.length; ++i) {
      yield;
      const node = graph.node(i);
      const count = multiplyAccumulates(node, graph);
      const own = yield* weightsOf(node, graph);
      let bytes = 0;
      for (const [index, tensor] of own) {
        bytes += tensor.bufferSize;
        if (!weights.has(index)) weights.set(index, tensor);
      }
      macs = plus(macs, count);
      ++node.operator.uses;
      node.operator.macs = plus(node.operator.macs, count);
      if (layers.length < MOST_ROWS) {
        layers.push({ graph: graph.index, index: i, count, bytes, ...shownLayer(node, graph) });
      }
    }
  }
  const byType = new Map();
  for (const { type, bufferSize } of weights.values()) {
    const { tensors, bytes } = byType.get(type) ?? { tensors: 0, bytes: 0 };
    byType.set(type, { tensors: tensors + 1, bytes: bytes + bufferSize });
  }
  const operators = model.operators.filter(({ uses }) => uses);
  operators.sort((a, b) => a.code - b.code || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version - b.version));
  yield;
  for (const operator of operators.slice(0, MOST_ROWS)) {
    operator.linked = hasOperator(engines.linked, operator);
    operator.todays = hasOperator(engines.todays, operator);
    operator.compiled = !operator.isCustom && engines.compiled.includes(operator.name) ? "yes" : "no";
  }
  const [main] = model.graphs;
  const ports = (indices) =>
    Array.from({ length: Math.min(indices.count, MOST_ROWS) }, (_, k) => shownPort(main.tensor(indices, k)));
  const sum = (of) => model.graphs.reduce((all, graph) => all + of(graph), 0);
  return {
    bytes: model.size,
    version: model.version,
    description: model.description,
    metadata: model.metadata,
    subgraphs: model.graphs.length,
    layerCount: sum(({ places }) => places.length),
    tensorCount: sum(({ tensors }) => tensors.length),
    macs,
    weightBytes: [...byType.values()].reduce((all, { bytes }) => all + bytes, 0),
    weights: [...byType].map(([type, counts]) => ({ type, ...counts })),
    operators,
    layers,
    inputs: ports(main.inputs),
    outputs: ports(main.outputs),
    plan: yield* plannedOrNot(model, operators),
  };
}

/** Adds counts; undefined if one is not known. */
function plus(a, b) {
  return a === undefined || b === undefined ? undefined : a + b;
}

const shownPort = ({ name, type, shapeText, quantization }) => ({ name, type, shape: shapeText, quantization });

function shownLayer({ operator, outputs }, graph) {
  const shown = Array.from({ length: Math.min(outputs.count, 2) }, (_, k) => graph.tensor(outputs, k));
  const texts = shown.map(({ shapeText, type }) => `${shapeText} ${type}`);
  return { operator: operator.name, output: texts.join(", ") + (outputs.count > 2 ? ", …" : "") };
}

function* plannedOrNot(model, operators) {
  const { engines } = FORMAT;
  const scratch = operators.filter((operator) => engines.scratch.includes(keyOf(operator))).map(({ name }) => name);
  const notes = [];
  if (scratch.length) notes.push(`without the scratch buffers that kernels may ask for: ${scratch.toSorted().join(", ")}`);
  if (model.metadata.some(({ name }) => name === "OfflineMemoryAllocation")) {
    notes.push("the file has a plan of its own, which today's TFLM takes instead");
  }
  try {
    return { ...(yield* planMemory(model, engines.ties)), notes };
  } catch (error) {
    if (!(error instanceof PlanFault)) throw error;
    return { notes: [`there is none: ${error.message}`] };
  }
}

/** Runs a generator in short parts, so that the page stays alive; ends early, with undefined, if isWanted says so. */
async function inParts(work, isWanted) {
  for (;;) {
    const until = performance.now() + 12;
    do {
      const { done, value } = work.next();
      if (done) return value;
    } while (performance.now() < until);
    await new Promise((resume) => setTimeout(resume));
    if (!isWanted()) return undefined;
  }
}

/** Reads a file and makes of it what is shown; undefined if isWanted says that nobody waits any more. */
async function summarizeFile(file, isWanted = () => true) {
  checkKind(file.size, new Uint8Array(await file.slice(0, 64).arrayBuffer()), file.name);
  const buffer = await file.arrayBuffer();
  return isWanted() ? inParts(summarize(buffer), isWanted) : undefined;
}
