// SPDX-License-Identifier: Apache-2.0
"use strict";

// Of the paper's side. A digit that fills three quarters of it has strokes as wide as MNIST's.
const PEN = 0.085;

// How far an arrow key moves the pen, and with Shift.
const STEP = 1 / 28;
const SMALL_STEP = 1 / 140;

// A timing takes so many milliseconds, because the clock of a browser has steps of 0.1; and the next one waits so long, so
// that drawing stays smooth.
const TIMED = 5;
const PAUSE = 100;

const byId = (id) => document.getElementById(id);

// --- the network ------------------------------------------------------------------------------------

/** Unpacks what is in an element of this page. */
function unpacked(name) {
  const packed = Uint8Array.from(atob(byId(name).textContent), (c) => c.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")));
}

/** Unpacks and starts the module that is in this page. */
async function startNetwork() {
  const layers = JSON.parse(byId("model-layers").textContent);
  const made = new Map();
  const { instance } = await WebAssembly.instantiate(await unpacked("module").arrayBuffer(), {
    page: {
      tensor: (number, data, size) => made.set(number, new Int8Array(memory.buffer, data, size).slice()),
    },
  });
  const { memory, ...exports } = instance.exports;
  const bytes = (start, size) => new Uint8Array(memory.buffer, start, size);
  const side = exports.ink_side();
  const scoresAt = (start) => new Int8Array(memory.buffer, start, layers.at(-1).shape.at(-1)).slice();
  const setImage = (image) => bytes(exports.image_pixels(), 784).set(image);
  return {
    layers,
    side,

    /** Makes an image of 28 x 28 bytes of side x side bytes of ink; null if there is too little. */
    normalize(ink) {
      bytes(exports.ink_pixels(), side * side).set(ink);
      return exports.normalize_ink() ? bytes(exports.image_pixels(), 784).slice() : null;
    },

    /** Gives the ten int8 scores of an image. */
    classify(image) {
      setImage(image);
      return scoresAt(exports.classify(1));
    },

    /** Gives the tensors of all layers by number, each as int8. */
    tensors(image) {
      setImage(image);
      made.clear();
      exports.classify_traced();
      return new Map(made);
    },

    /** Runs the model so often, and gives the microseconds of a run. */
    time(image, runs) {
      setImage(image);
      const start = performance.now();
      exports.classify(runs);
      return ((performance.now() - start) * 1000) / runs;
    },
  };
}

// --- drawing ----------------------------------------------------------------------------------------

/** Strokes of points from 0 to 1, on any canvas. */
class Drawing {
  strokes = [];

  get isEmpty() {
    return this.strokes.length === 0;
  }

  begin(x, y) {
    this.strokes.push([[x, y]]);
  }

  moveTo(x, y) {
    this.strokes.at(-1).push([x, y]);
  }

  /** Draws all strokes, smoothly: curves through the middles between points. */
  render(context, side) {
    context.lineWidth = PEN * side;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.strokes) {
      const points = stroke.map(([x, y]) => [x * side, y * side]);
      context.beginPath();
      context.moveTo(...points[0]);
      for (let i = 1; i < points.length - 1; ++i) {
        const [x, y] = points[i];
        const [nextX, nextY] = points[i + 1];
        context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
      }
      // Of one point it is a dot.
      context.lineTo(...points.at(-1));
      context.stroke();
    }
  }

  /** Gives the ink as bytes. */
  ink(side) {
    this.unseen ??= element("canvas", { width: side, height: side }).getContext("2d", { willReadFrequently: true });
    this.unseen.clearRect(0, 0, side, side);
    this.render(this.unseen, side);
    const colours = this.unseen.getImageData(0, 0, side, side).data;
    // How opaque each pixel is.
    const ink = new Uint8Array(side * side);
    for (let i = 0; i < ink.length; ++i) ink[i] = colours[4 * i + 3];
    return ink;
  }
}

// --- what is shown ----------------------------------------------------------------------------------

// From nothing to the strongest: dark blue, violet, orange, pale yellow.
const RAMP = [[6, 8, 30], [86, 24, 112], [190, 55, 84], [246, 140, 34], [252, 252, 190]];

const COLOURS = Array.from({ length: 256 }, (_, i) => {
  const place = (i / 255) * (RAMP.length - 1);
  const below = Math.min(Math.floor(place), RAMP.length - 2);
  return RAMP[below].map((c, k) => c + (RAMP[below + 1][k] - c) * (place - below));
});

/** Fills a canvas of its own number of pixels; colour gives red, green and blue of one. */
function paint(canvas, colour) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; ++i) image.data.set([...colour(i), 255], 4 * i);
  context.putImageData(image, 0, 0);
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const NAMES = { CONV_2D: "Convolution", MAX_POOL_2D: "Max pooling", FULLY_CONNECTED: "Dense layer" };

/** A layer's pictures: a map for each channel of an image. Returns what shows a tensor. */
function mapsOf(layer, group) {
  const [, height, width, channels] = layer.shape;
  group.className = "maps";
  group.setAttribute("role", "img");
  group.setAttribute("aria-label", `${channels} feature maps of ${width} by ${height} pixels`);
  const maps = Array.from({ length: channels }, () => element("canvas", { width, height }));
  group.append(...maps);
  return (values) => {
    const most = Math.max(1, values.reduce((a, b) => Math.max(a, b)) - layer.zero_point);
    maps.forEach((map, channel) =>
      paint(map, (i) => COLOURS[Math.round((255 * (values[i * channels + channel] - layer.zero_point)) / most)]),
    );
  };
}

/** A layer's pictures: a bar for each value. */
function barsOf(layer, group) {
  const count = layer.shape.at(-1);
  const isSigned = layer.zero_point > -128;
  group.className = isSigned ? "values signed" : "values";
  group.setAttribute("role", "img");
  const bars = Array.from({ length: count }, () => element("span"));
  group.append(...bars.map((bar) => element("div", {}, bar)));
  const most = Math.max(127 - layer.zero_point, layer.zero_point + 128);
  return (values) => {
    bars.forEach((bar, i) => {
      const value = values[i] - layer.zero_point;
      bar.className = value < 0 ? "below" : "";
      bar.style.height = `${(100 * Math.abs(value)) / most}%`;
    });
    const texts = Array.from(values, (value) => ((value - layer.zero_point) * layer.scale).toFixed(1));
    group.setAttribute("aria-label", `${count} values: ${texts.join(", ")}`);
  };
}

/** Builds the pictures of all layers. Returns a function that shows tensors. */
function buildLayers(layers) {
  const shown = [];
  for (const layer of layers.filter((one) => one.operator in NAMES)) {
    const isImage = layer.shape.length === 4;
    const group = element("div");
    const size = layer.shape.slice(1).join(" × ");
    const part = element(
      "div",
      {},
      element("h3", { textContent: NAMES[layer.operator] }),
      element("p", { className: "hint", textContent: isImage ? `${size} numbers` : `${size} values` }),
      group,
    );
    shown.push([layer.tensor, (isImage ? mapsOf : barsOf)(layer, group)]);
    if (!isImage && layer === layers.findLast((one) => one.operator in NAMES)) {
      const names = Array.from({ length: layer.shape.at(-1) }, (_, i) => element("span", { textContent: i }));
      const row = element("div", { className: "names" }, ...names);
      row.setAttribute("aria-hidden", "true");
      part.append(row);
    }
    byId("layers").append(part);
  }
  return (tensors) => shown.forEach(([tensor, show]) => show(tensors.get(tensor)));
}

function buildScores(count) {
  const rows = Array.from({ length: count }, (_, digit) => {
    const bar = element("span");
    const text = element("td", { textContent: "-" });
    const name = element("th", { scope: "row", textContent: digit });
    const row = element("tr", {}, name, element("td", { className: "bar" }, bar), text);
    byId("scores").tBodies[0].append(row);
    return { bar, row, text };
  });
  return (probabilities, best) =>
    rows.forEach(({ bar, row, text }, digit) => {
      const part = probabilities ? `${(100 * probabilities[digit]).toFixed(1)} %` : "-";
      bar.style.width = probabilities ? part.replace(" ", "") : "0";
      text.textContent = part;
      row.className = digit === best ? "best" : "";
    });
}

// --- the page ---------------------------------------------------------------------------------------

/** Draws, asks the network, and shows what it says. */
class Page {
  drawing = new Drawing();
  pen = { x: 0.5, y: 0.25, isDown: false, isShown: false };
  times = [];
  runs = 32;
  timed = 0;
  lastTimed = -Infinity;

  constructor(network) {
    this.network = network;
    this.paper = byId("paper");
    this.output = network.layers.at(-1);
    this.showLayers = buildLayers(network.layers);
    this.showScores = buildScores(this.output.shape.at(-1));
    this.listen();
    this.update();
  }

  listen() {
    this.paper.addEventListener("pointerdown", (event) => this.pointerDown(event));
    this.paper.addEventListener("pointermove", (event) => this.pointerMove(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.paper.addEventListener(end, (event) => this.pointerEnd(event));
    }
    this.paper.addEventListener("keydown", (event) => this.keyDown(event));
    this.paper.addEventListener("focus", () => this.showPen(this.paper.matches(":focus-visible")));
    this.paper.addEventListener("blur", () => this.showPen(false));
    byId("clear").addEventListener("click", () => this.clear());
    byId("undo").addEventListener("click", () => this.undo());
    new ResizeObserver(() => this.update()).observe(this.paper);
    this.watchPixels();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.update());
    // Paper is white, whatever the screen is.
    addEventListener("beforeprint", () => this.showPaper("#000"));
    addEventListener("afterprint", () => this.update());
  }

  /** Draws again on another screen, if its pixels are of another size. */
  watchPixels() {
    const changed = () => {
      this.watchPixels();
      this.update();
    };
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", changed, { once: true });
  }

  // --- input

  place(event) {
    const box = this.paper.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  pointerDown(event) {
    if (event.button !== 0 || this.pointer !== undefined) return;
    this.endStroke();
    this.pen.isShown = false;
    this.pointer = event.pointerId;
    this.paper.setPointerCapture(event.pointerId);
    this.drawing.begin(...this.place(event));
    this.update();
  }

  pointerMove(event) {
    if (event.pointerId !== this.pointer) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const one of between.length ? between : [event]) this.drawing.moveTo(...this.place(one));
    this.update();
  }

  pointerEnd(event) {
    if (event.pointerId === this.pointer) this.pointer = undefined;
  }

  keyDown(event) {
    const action = this.actionOf(event);
    if (!action) return;
    event.preventDefault();
    this.pen.isShown = true;
    action();
    this.update();
  }

  actionOf(event) {
    const isUndo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
    if (!isUndo && (event.ctrlKey || event.metaKey || event.altKey)) return undefined;
    const step = event.shiftKey ? SMALL_STEP : STEP;
    return {
      ArrowLeft: () => this.movePen(-step, 0),
      ArrowRight: () => this.movePen(step, 0),
      ArrowUp: () => this.movePen(0, -step),
      ArrowDown: () => this.movePen(0, step),
      " ": () => !event.repeat && this.togglePen(),
      Enter: () => !event.repeat && this.togglePen(),
      c: () => this.clear(),
      Delete: () => this.clear(),
      u: () => this.undo(),
      Backspace: () => this.undo(),
      z: isUndo ? () => this.undo() : undefined,
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  }

  movePen(dx, dy) {
    this.pen.x = Math.min(Math.max(this.pen.x + dx, 0), 1);
    this.pen.y = Math.min(Math.max(this.pen.y + dy, 0), 1);
    if (this.pen.isDown) this.drawing.moveTo(this.pen.x, this.pen.y);
  }

  togglePen() {
    const wasDown = this.pen.isDown;
    this.endStroke();
    this.pen.isDown = !wasDown;
    if (this.pen.isDown) this.drawing.begin(this.pen.x, this.pen.y);
    this.say(this.pen.isDown ? "Pen down" : "Pen up");
  }

  /** Ends what is being drawn, by keys or by a pointer that may still be down: nothing more is added to it. */
  endStroke() {
    this.pen.isDown = false;
    this.pointer = undefined;
  }

  showPen(isShown) {
    this.pen.isShown = isShown;
    this.update();
  }

  clear() {
    this.endStroke();
    this.drawing.strokes = [];
    this.say("Cleared");
    this.update();
  }

  undo() {
    this.endStroke();
    this.drawing.strokes.pop();
    this.update();
  }

  // --- output

  /** Tells screen readers, at once or when nothing else has happened for some milliseconds. */
  say(text, delay = 0) {
    clearTimeout(this.speech);
    const tell = () => (byId("said").textContent = text);
    if (delay) this.speech = setTimeout(tell, delay);
    else tell();
  }

  /** Shows all at the next frame. */
  update() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.showPaper();
      this.showVerdict();
    });
  }

  showPaper(ink = getComputedStyle(this.paper).color) {
    const side = Math.round(this.paper.clientWidth * devicePixelRatio);
    // A canvas is 300 by 150 at first.
    if (this.paper.width !== side || this.paper.height !== side) this.paper.width = this.paper.height = side;
    const context = this.paper.getContext("2d");
    context.clearRect(0, 0, side, side);
    context.strokeStyle = ink;
    this.drawing.render(context, side);
    if (!this.pen.isShown) return;
    context.lineWidth = 2 * devicePixelRatio;
    context.strokeStyle = context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
    context.beginPath();
    context.arc(this.pen.x * side, this.pen.y * side, (PEN * side) / 2 + 2 * devicePixelRatio, 0, 2 * Math.PI);
    context.stroke();
    if (this.pen.isDown) context.fill();
  }

  showVerdict() {
    const ink = this.drawing.isEmpty ? undefined : this.drawing.ink(this.network.side);
    const image = (ink && this.network.normalize(ink)) ?? null;
    byId("clear").disabled = byId("undo").disabled = this.drawing.isEmpty;
    const pixels = image ?? new Uint8Array(784);
    paint(byId("seen"), (i) => [pixels[i], pixels[i], pixels[i]]);
    this.showLayers(this.network.tensors(pixels));
    byId("layers").hidden = byId("timing").hidden = !image;
    byId("layers-hint").hidden = Boolean(image);
    if (!image) {
      byId("digit").textContent = "?";
      this.showScores();
      // What it looked like before is not told any more.
      clearTimeout(this.speech);
      return;
    }
    const scores = this.network.classify(image);
    const probabilities = Array.from(scores, (q) => (q - this.output.zero_point) * this.output.scale);
    const best = scores.indexOf(Math.max(...scores));
    byId("digit").textContent = best;
    this.showScores(probabilities, best);
    this.showTime(image);
    const sure = (100 * probabilities[best]).toFixed(0);
    this.say(`${this.pen.isDown ? "Pen down. " : ""}It looks like a ${best}, score ${sure} percent`, 700);
  }

  showTime(image) {
    if (performance.now() - this.lastTimed < PAUSE) return;
    const time = this.network.time(image, this.runs);
    this.lastTimed = performance.now();
    this.timed += this.runs;
    // So that the next one takes about as long as it should.
    this.runs = Math.min(Math.max(Math.round((TIMED * 1000) / Math.max(time, 1)), 1), 4096);
    this.times = [...this.times.slice(-14), time];
    const median = this.times.toSorted((a, b) => a - b)[this.times.length >> 1];
    byId("time").textContent = median < 100 ? median.toFixed(1) : median.toFixed(0);
    byId("runs").textContent = this.timed.toLocaleString("en");
  }
}

startNetwork()
  // In the browser's console, `network.classify(pixels)` gives the scores of 784 bytes, white on black.
  .then((network) => Object.assign(globalThis, { network, page: new Page(network) }))
  .catch((error) => {
    byId("fault").hidden = false;
    byId("fault").textContent = `This browser can't run the network: it needs WebAssembly and DecompressionStream, which browsers have had since 2023. (${error})`;
  })
  // The page's policy names this script, too, by its hash. It needs no WebAssembly.
  .then(async () => document.head.append(element("script", { textContent: await unpacked("inspector").text() })))
  .catch(() => (byId("inspect").hidden = true));
