// SPDX-License-Identifier: Apache-2.0
"use strict";

// The part of the page that shows what is in a .tflite file. What a file says is put in as text alone.

/** Writes a number with commas; "?" if it is not known. */
function counted(number) {
  return number === undefined ? "?" : number.toLocaleString("en");
}

function several(number, noun) {
  return `${counted(number)} ${noun}${Number(number) === 1 ? "" : "s"}`;
}

/**
 * Makes a table that scrolls by itself where it is too wide. Of a column the title and the kind: "number", "long" for
 * text that is broken anywhere, "has" for what should be "yes", or "".
 */
function tableOf(caption, columns, rows) {
  const cells = (row) =>
    row.map((textContent, column) => {
      const kind = columns[column][1];
      const className = kind === "has" && textContent !== "yes" ? "has lacks" : kind;
      return column
        ? element("td", { className, textContent })
        : element("th", { className, scope: "row", textContent });
    });
  const head = columns.map(([textContent, className]) => element("th", { className, scope: "col", textContent }));
  const scroll = element(
    "div",
    { className: "scroll", tabIndex: 0 },
    element(
      "table",
      {},
      element("caption", { textContent: caption }),
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, ...cells(row)))),
    ),
  );
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", `Table: ${caption}`);
  return scroll;
}

function figuresOf({ bytes, layerCount, macs, weightBytes, plan }) {
  const figures = [
    ["bytes", bytes],
    [layerCount === 1 ? "layer" : "layers", layerCount],
    ["multiply-accumulates", macs],
    ["bytes of weights", weightBytes],
    ["bytes of activations, as TFLM plans them", plan.peak],
  ];
  const parts = figures.map(([name, value]) =>
    element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: counted(value) })),
  );
  return element("dl", { className: "figures" }, ...parts);
}

/** Gives what is said in sentences. */
function linesOf({ description, version, subgraphs, tensorCount, metadata, plan }) {
  const lines = [`Schema version ${version}, ${several(subgraphs, "subgraph")}, ${several(tensorCount, "tensor")}.`];
  if (description) lines.unshift(`Description: ${description}`);
  if (plan.peak !== undefined) {
    lines.push(`Of the activations ${counted(plan.most)} bytes live at once, in ${plan.where}.`);
    if (plan.variables) lines.push(`Variables take ${counted(plan.variables)} bytes more, which persist.`);
  }
  lines.push(...plan.notes.map((note) => `Memory plan: ${note}.`));
  const shown = metadata.slice(0, 20).map(({ name, bytes }) => `${name} (${several(bytes, "byte")})`);
  if (shown.length) lines.push(`Metadata: ${shown.join(", ")}${metadata.length > shown.length ? ", …" : ""}.`);
  return lines;
}

/** Makes of a summary what is shown. */
function shownSummary(name, summary) {
  const { operators, layers, layerCount, subgraphs, weights, inputs, outputs } = summary;
  const ports = [...inputs.map((port) => ["input", port]), ...outputs.map((port) => ["output", port])];
  const parts = [
    element("h3", { textContent: name }),
    figuresOf(summary),
    ...linesOf(summary).map((textContent) => element("p", { textContent })),
    tableOf(
      "Inputs and outputs",
      [
        ["use", ""],
        ["name", "long"],
        ["type", ""],
        ["shape", ""],
        ["real value", "long"],
      ],
      ports.map(([kind, port]) => [kind, port.name, port.type, port.shape, port.quantization]),
    ),
    tableOf(
      "Operators and engines",
      [
        ["operator", "long"],
        ["version", "number"],
        ["uses", "number"],
        ["mul-acc", "number"],
        ["linked TFLM", "has"],
        ["today's TFLM", "has"],
        ["compiler to C", "has"],
      ],
      operators
        .slice(0, MOST_ROWS)
        .map(({ name: operator, isCustom, version, uses, macs, linked, todays, compiled }) => [
          operator + (isCustom ? " (custom)" : ""),
          version,
          counted(uses),
          counted(macs),
          linked,
          todays,
          compiled,
        ]),
    ),
    element("p", {
      className: "hint",
      textContent:
        `The linked TFLM is ${FORMAT.engines.name || "the one that this page was built with"}. An engine that has all` +
        " operators may still refuse the model, for types or shapes: //tools/inspect tries it.",
    }),
    tableOf(
      "Weights",
      [
        ["type", ""],
        ["tensors", "number"],
        ["bytes", "number"],
      ],
      weights.map(({ type, tensors, bytes }) => [type, counted(tensors), counted(bytes)]),
    ),
    tableOf(
      "Layers in the order of execution",
      [
        ["#", ""],
        ["layer", "long"],
        ["output", "long"],
        ["mul-acc", "number"],
        ["weight bytes", "number"],
      ],
      layers.map(({ graph, index, operator, output, count, bytes }) => [
        subgraphs > 1 ? `${graph}:${index}` : index,
        operator,
        output,
        counted(count),
        counted(bytes),
      ]),
    ),
  ];
  if (layerCount > layers.length) {
    const textContent = `${counted(layerCount - layers.length)} more are left out: //tools/inspect lists all.`;
    parts.push(element("p", { className: "hint", textContent }));
  }
  return parts;
}

function reasonOf(error) {
  if (error instanceof ModelFault) return error.message;
  // A folder where the browser does not say so, a file that is gone, or one larger than there is memory.
  return `can't be read: ${error.message}`;
}

/** Takes files, by the chooser or dropped anywhere, and shows the last one. */
class Inspector {
  constructor() {
    this.input = byId("model-file");
    this.input.addEventListener("change", () => {
      const files = Array.from(this.input.files);
      // The same file can be chosen again, after it was changed.
      this.input.value = "";
      if (files.length) this.take(files);
    });
    const drop = byId("drop");
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    const end = () => (drop.hidden = true);
    addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      // Else the browser would leave the page and open the file.
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      drop.hidden = false;
      // Not every browser says that nothing is held over the page any more.
      clearTimeout(this.dragging);
      this.dragging = setTimeout(end, 1000);
    });
    addEventListener("dragleave", (event) => event.relatedTarget ?? end());
    addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      end();
      const entries = Array.from(event.dataTransfer.items, (item) => item.webkitGetAsEntry?.());
      const files = Array.from(event.dataTransfer.files);
      const show = () => byId("inspect").scrollIntoView();
      show();
      // The page may be long enough for that only then.
      if (files.length) this.take(files, entries.some((entry) => entry?.isDirectory)).then(show);
    });
  }

  /** Shows a file: one, and no folder. Resolves when it is shown, or another one is taken. */
  async take(files, isFolder = false) {
    const turn = (this.turn = {});
    const isWanted = () => turn === this.turn;
    if (files.length !== 1) {
      this.show({ fault: `These are ${files.length} files: choose or drop one.` });
      return;
    }
    const [file] = files;
    const name = shortened(printable(file.name));
    this.show({ said: `Reading ${name}` });
    try {
      if (isFolder) refuse("is a folder, not a .tflite file");
      const summary = await summarizeFile(file, isWanted);
      if (!isWanted()) return;
      const { bytes, layerCount, macs } = summary;
      const counts = [several(bytes, "byte"), several(layerCount, "layer"), several(macs, "multiply-accumulate")];
      this.show({ said: `${name}: ${counts.join(", ")}`, parts: shownSummary(name, summary) });
    } catch (error) {
      if (isWanted()) this.show({ fault: `${name}: ${reasonOf(error)}` });
    }
  }

  show({ said = "", fault = "", parts = [] }) {
    byId("model-said").textContent = said;
    // What is shown says the same.
    byId("model-said").className = parts.length ? "unseen" : "";
    byId("model-fault").textContent = fault;
    byId("model-fault").hidden = !fault;
    byId("summary").replaceChildren(...parts);
  }
}

globalThis.inspector = new Inspector();
