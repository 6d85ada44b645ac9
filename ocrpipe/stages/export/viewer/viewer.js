"use strict";
// Shows one page: layers that lie on each other, a slider through them, the text beside, and a card for what is pointed
// at. All that comes from the page goes in as text or as numbers, never as markup.

const page = JSON.parse(document.getElementById("island").textContent);
const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

/** Makes an element: attributes, then children, which are elements or text. */
function make(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for SVG. */
function draw(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const letters = (text) => Array.from(text);
const percent = (share) => `${Math.round(100 * share)}%`;
const shortened = (text, most) => `${letters(text).slice(0, most - 1).join("")}…`;
const shorten = (text, most) => (letters(text).length > most ? shortened(text, most) : text);
const code = (letter) => "U+" + letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
const codes = (text) => letters(text).map(code).join(" ");
const UNSEEN = /^[\p{C}\p{Z}]+$/u; // controls and spaces alone
const named = (text) => (text === "" ? "no letter" : UNSEEN.test(text) ? codes(text) : text);

/** How sure a reading is, as a word: the name of its colour. */
function grade(sure) {
  if (sure === null) return "unknown";
  return sure >= page.sure ? "sure" : sure >= page.doubtful ? "doubtful" : "poor";
}

const last = page.stops.length - 1;
const reading = page.stops[last];
const crops = page.stops.find((stop) => stop.name === "crops");
const cropOf = new Map(crops ? crops.crops.flatMap((crop, n) => (crop.piece == null ? [] : [[crop.piece, n]])) : []);
const wasBefore = new Map(reading.changed);

// ---------------------------------------------------------------------------------------------------------- layers

/** A layer of the picture. Its coordinates are the source image's pixels. */
function layer(name, ...children) {
  const viewBox = `0 0 ${page.size.join(" ")}`;
  return draw("svg", { class: `layer ${name}`, viewBox, preserveAspectRatio: "none" }, ...children);
}

function picture({ uri, size: [width, height], frame }) {
  const image = draw("image", { width, height, transform: `matrix(${frame})`, preserveAspectRatio: "none" });
  image.setAttribute("href", uri);
  return image;
}

function rectangle([x0, y0, x1, y1], name) {
  return draw("rect", { class: name, x: x0, y: y0, width: x1 - x0, height: y1 - y0 });
}

const path = (points, name) => draw("path", { class: name, d: `M${points.map((point) => point.join(" ")).join("L")}` });

/** What each stop draws over its picture. */
const drawings = {
  components(stop) {
    const found = stop.boxes.map((box) => rectangle(box, "found"));
    const rivals = stop.rivals.map((box) => rectangle(box, "rival"));
    return [draw("g", { transform: `matrix(${stop.frame})` }, ...found, ...rivals)];
  },
  rows(stop) {
    const heights = stop.rows.flatMap(({ words }) => words.map((word) => word[3] - word[1])).sort((a, b) => a - b);
    const letter = heights[heights.length >> 1];
    const rows = stop.rows.map((row, n) => draw("g", { class: `c${n % 6}` }, ...rowOf(row, n, letter)));
    const onward = stop.rows.slice(1).map((row, n) => path([corner(stop.rows[n], true), corner(row, false)], "onward"));
    return [draw("g", { transform: `matrix(${stop.frame})` }, ...onward, ...rows)];
  },
};

/** The end of a row, or its start. */
const corner = ({ box: [x0, y0, x1, y1] }, end) => [end ? x1 : x0, (y0 + y1) / 2];

/** A row: its words, its baseline, and its number in front of its first word. */
function rowOf({ words, baseline }, n, letter) {
  const [x0, y0, , y1] = words[0];
  const place = { x: x0 - 0.3 * letter, y: (y0 + y1) / 2 + 0.2 * letter, "font-size": 0.6 * letter };
  const number = draw("text", { class: "number", ...place }, `${n + 1}`);
  return [...words.map((box) => rectangle(box, "word")), ...(baseline ? [path(baseline, "baseline")] : []), number];
}

/** A piece of text on the picture: its outline. */
function pieceOn(piece, n) {
  const box = piece.outline
    ? draw("polygon", { class: "box", points: piece.outline.map((point) => point.join(",")).join(" ") })
    : rectangle(piece.box, "box");
  const name = ["piece", grade(piece.sure), ...(piece.estimated ? ["estimated"] : [])].join(" ");
  return draw("g", { class: name, role: "option", tabindex: -1, "data-piece": n, "aria-label": spoken(piece, n) }, box);
}

/** What a piece was read as, to stand above it. */
function labelOf(piece) {
  const [x0, y0, x1, y1] = piece.box;
  const room = 1.9 * (x1 - x0 + 0.3 * page.letter); // of letters about half as wide as high
  const text = shorten(named(piece.text), Math.max(Math.floor(room / (0.22 * page.letter)), 1));
  const size = Math.min(0.5 * Math.min(page.letter, 1.6 * (y1 - y0)), room / letters(text).length);
  const place = { x: (x0 + x1) / 2, y: Math.max(y0 - 0.12 * size, 0.8 * size), "font-size": size };
  return draw("text", { class: grade(piece.sure), ...place }, text);
}

const sureness = (sure) => (sure === null ? "confidence unknown" : `${percent(sure)} · ${grade(sure)}`);

/** A reading in words, for who cannot see it. */
function spoken({ text, sure, others = [] }, n) {
  const parts = [shorten(named(text), 200), sureness(sure)];
  const other = others.filter((one) => one[0] !== text).slice(0, 2);
  const also = other.map(([text, sure]) => `${named(text)} ${sure === null ? "" : percent(sure)}`.trim());
  if (also.length) parts.push(`else ${also.join(", ")}`);
  if (wasBefore.has(n)) parts.push(`by context, read as ${named(wasBefore.get(n))}`);
  return parts.join("; ");
}

const onPage = page.pieces.map(pieceOn);
const rows = page.lines.map((line) => line.words.flat().map((n) => onPage[n]));
const layers = new Map();
for (const stop of page.stops) {
  if (stop === crops) continue;
  const parts = stop.picture ? [picture(stop.picture)] : [];
  layers.set(stop.name, layer(stop.name, ...parts, ...(drawings[stop.name] || (() => []))(stop)));
}
const readingLayer = layers.get("reading");
readingLayer.append(...rows.map((row, n) => draw("g", { role: "group", "aria-label": `Line ${n + 1}` }, ...row)));
readingLayer.append(draw("g", { class: "labels", "aria-hidden": true }, ...page.pieces.map(labelOf)));
if (rows.length) fill(readingLayer, { role: "listbox", "aria-label": "Letters of the page" }, []);
$("stack").append(...layers.values());

$("stack").style.setProperty("--ratio", page.size[0] / page.size[1]);
$("stack").classList.toggle("on-dark", reading.dark);
new ResizeObserver(([{ contentRect }]) => {
  $("stack").classList.toggle("tiny", (page.letter * contentRect.width) / page.size[0] < 11);
}).observe($("stack"));

// ----------------------------------------------------------------------------------------------------------- crops

/** A crop as the classifier saw it, drawn on a canvas. */
function drawCrop(canvas, n) {
  const [x, y, width] = crops.crops[n].at;
  canvas.width = width;
  canvas.height = crops.height;
  canvas.getContext("2d").drawImage(sheet, x, y, width, crops.height, 0, 0, width, crops.height);
}

const sheet = new Image();
const cells = crops ? crops.crops.map(cropCell) : [];
const cropRows = crops ? crops.rows.map((row) => row.flat().map((n) => cells[n])) : [];

function cropCell(crop, n) {
  const text = crop.lost ? "–" : named(crop.text);
  const label = crop.lost ? `not taken: ${crop.lost === "rival" ? "another cut stands" : "no letter"}` : spoken(crop);
  const name = ["crop", crop.lost ? "lost" : grade(crop.sure)].join(" ");
  const attributes = { class: name, role: "option", tabindex: -1, "data-crop": n, "aria-label": label };
  return make("div", attributes, make("canvas"), make("span", {}, shorten(text, 60)));
}

if (cells.length) {
  fill($("cells"), { role: "listbox", "aria-label": "Crops" }, []);
  const later = crops.rows.flatMap((row) => row.slice(1)); // words that have one before them in their row
  for (const [first] of later) cells[first].classList.add("apart");
  $("cells").append(...cropRows.map((row, n) => make("div", { role: "group", "aria-label": `Row ${n + 1}` }, ...row)));
  sheet.src = crops.sheet;
  sheet.decode().then(() => cells.forEach((cell, n) => drawCrop(cell.firstChild, n)));
} else if (crops) {
  $("cells").append(make("p", { class: "nothing" }, "No crops."));
}

// ------------------------------------------------------------------------------------------------------------ text

const inText = page.pieces.map((piece, n) => make("span", { class: grade(piece.sure), "data-piece": n }, piece.text));

function lineOf(line) {
  const words = line.words.flatMap((word, n) => [...(n ? [" "] : []), ...word.map((piece) => inText[piece])]);
  return make("p", { class: "line", dir: "auto" }, ...words);
}

for (const [n, line] of page.lines.entries()) {
  if (!n || line.block !== page.lines[n - 1].block) $("text").append(make("div", { class: "block" }));
  $("text").lastChild.append(lineOf(line));
}
if (!page.lines.length) $("text").append(make("p", { class: "nothing" }, "Nothing was read on this page."));
$("summary").textContent = page.summary;
$("warnings").append(...page.warnings.map((warning) => make("li", {}, warning)));

// The legend counts, and goes to the next piece of its kind.
for (const kind of ["sure", "doubtful", "poor", "unknown"]) {
  const ofKind = page.pieces.flatMap((piece, n) => (grade(piece.sure) === kind ? [n] : []));
  if (!ofKind.length) continue;
  const dot = make("i");
  dot.style.setProperty("--dot", kind === "unknown" ? "var(--quiet)" : `var(--${kind})`);
  const button = make("button", { type: "button" }, dot, `${ofKind.length} ${kind}`);
  button.addEventListener("click", () => goTo(ofKind.find((n) => n > visited) ?? ofKind[0]));
  $("legend").append(button);
}

// ------------------------------------------------------------------------------------------------------------ card

let visited = -1; // the piece that had the focus last
let anchor = null; // what the card is shown for
const cutout = $("cutout");
const [photo] = layers.get("grey").children;
cutout.querySelector("image").replaceWith(photo.cloneNode());

/** Shows what is known of a piece, or of a crop that became none, beside `element`. */
function showCard(n, crop, element) {
  anchor = element;
  mark(n);
  const piece = page.pieces[n];
  const cut = crop ?? cropOf.get(n);
  tell(crop === undefined ? piece : crops.crops[crop], n);
  $("seen").hidden = cut === undefined;
  if (cut !== undefined) drawCrop($("seen"), cut);
  cutout.style.display = piece ? "" : "none";
  const [x0, y0, x1, y1] = piece ? piece.box : [0, 0, $("seen").width, $("seen").height];
  const air = 0.15 * Math.min(x1 - x0, y1 - y0);
  cutout.setAttribute("viewBox", [x0 - air, y0 - air, x1 - x0 + 2 * air, y1 - y0 + 2 * air].join(" "));
  $("card").classList.toggle("wide", x1 - x0 > 2 * (y1 - y0));
  $("card").hidden = false;
  place();
}

/** Says what is known of a piece, or of a crop: of that what the classifier made of it. */
function tell({ text = "–", sure, others = [], lost, estimated }, n) {
  $("letter").textContent = shorten(named(text), 400);
  $("letter").classList.toggle("long", letters(named(text)).length > 3);
  $("code").textContent = !lost && letters(text).length < 3 ? codes(text) : "";
  $("sureness").className = lost ? "" : grade(sure);
  $("sureness").textContent = lost ? "Not taken" : sureness(sure);
  $("others").replaceChildren(...others.filter((other) => other[0] !== text).flatMap(alternative));
  const notes = [];
  if (lost) notes.push(lost === "rival" ? "Another cut of the same ink stands." : "The classifier saw no letter here.");
  if (wasBefore.has(n)) {
    notes.push(`The classifier read ${named(wasBefore.get(n))}; context made it ${named(page.pieces[n].text)}.`);
  }
  if (estimated) notes.push("Its place is an estimate.");
  $("note").textContent = notes.join(" ");
}

function alternative([text, sure]) {
  const bar = make("i");
  bar.style.setProperty("--share", sure ?? 0);
  const share = make("span", {}, sure === null ? "?" : percent(sure));
  return [make("span", {}, shorten(named(text), 40)), make("div", { class: "bar" }, bar), share];
}

/** Puts the card below what it is for, or above: the line stays in sight. On a phone the style has it at the foot. */
function place() {
  const card = $("card");
  const { left, right, top, bottom } = anchor.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  const y = bottom + 12 + height < innerHeight - 8 ? bottom + 12 : top - 12 - height;
  card.style.left = `${Math.max(8, Math.min((left + right - width) / 2, innerWidth - width - 8))}px`;
  card.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
}

function mark(n) {
  for (const element of document.querySelectorAll(".current")) element.classList.remove("current");
  for (const element of [onPage[n], inText[n], cells[cropOf.get(n)]]) element?.classList.add("current");
}

/** Hides the card, unless what has the focus keeps it. */
function hideCard() {
  const kept = document.activeElement?.closest("[role=option]");
  if (kept && kept.matches(":focus-visible")) return show(kept);
  $("card").hidden = true;
  mark();
}

function show(element) {
  const crop = element.dataset.crop === undefined ? undefined : Number(element.dataset.crop);
  const n = crop === undefined ? Number(element.dataset.piece) : crops.crops[crop].piece ?? undefined;
  showCard(n, crop, element);
}

const POINTED = "[data-piece], [data-crop]";
for (const part of [readingLayer, $("cells"), $("text")]) {
  part.addEventListener("pointerover", (event) => {
    const over = event.pointerType !== "touch" && event.target.closest(POINTED);
    if (over) show(over);
  });
  part.addEventListener("pointerout", (event) => {
    if (!event.relatedTarget?.closest?.(POINTED)) hideCard();
  });
  part.addEventListener("focusin", ({ target }) => {
    if (!target.matches(POINTED)) return;
    visited = Number(target.dataset.piece ?? crops.crops[target.dataset.crop].piece ?? visited);
    show(target);
  });
  part.addEventListener("focusout", hideCard);
}
addEventListener("scroll", () => { if (!$("card").hidden) place(); }, { capture: true, passive: true });
$("text").addEventListener("click", (event) => {
  const piece = event.target.closest("[data-piece]");
  if (piece && getSelection().isCollapsed) goTo(Number(piece.dataset.piece));
});
readingLayer.addEventListener("click", (event) => event.target.closest(POINTED)?.focus({ preventScroll: true }));
$("cells").addEventListener("click", (event) => event.target.closest(POINTED)?.focus({ preventScroll: true }));

/** Goes to a piece: on the page, or among the crops where these are shown. */
function goTo(n) {
  visited = n;
  const among = page.stops[$("stop").value] === crops && cropOf.has(n);
  if (!among) setStop(last);
  const element = among ? cells[cropOf.get(n)] : onPage[n];
  element.scrollIntoView({ block: "nearest", inline: "nearest" });
  element.focus({ preventScroll: true });
  if (!$("card").hidden) show(element);
}

// -------------------------------------------------------------------------------------------------------- keyboard

/** Lets arrow keys go through rows of elements, of which one at a time can be reached by Tab. */
function rove(container, rows) {
  const filled = rows.filter((row) => row.length);
  if (!filled.length) return;
  let reachable = filled[0][0];
  reachable.setAttribute("tabindex", 0);
  const all = filled.flat();
  const steps = {
    ArrowRight: (at) => all[all.indexOf(at) + 1],
    ArrowLeft: (at) => all[all.indexOf(at) - 1],
    ArrowDown: (at) => nearest(filled[filled.findIndex((row) => row.includes(at)) + 1], at),
    ArrowUp: (at) => nearest(filled[filled.findIndex((row) => row.includes(at)) - 1], at),
    Home: () => all[0],
    End: () => all[all.length - 1],
  };
  container.addEventListener("focusin", ({ target }) => {
    if (!target.matches("[role=option]")) return;
    fill(reachable, { tabindex: -1, "aria-selected": false }, []);
    fill(target, { tabindex: 0, "aria-selected": true }, []);
    reachable = target;
  });
  container.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step || !event.target.matches("[role=option]") || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = step(event.target);
    if (!next) return;
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
    next.focus({ preventScroll: true });
  });
}

/** The element of a row that is nearest to another, sideways. */
function nearest(row, at) {
  const middle = (element) => element.getBoundingClientRect().left + element.getBoundingClientRect().width / 2;
  const away = (element) => Math.abs(middle(element) - middle(at));
  return row?.reduce((best, one) => (away(one) < away(best) ? one : best));
}

rove(readingLayer, rows);
rove($("cells"), cropRows);
addEventListener("pointerdown", (event) => { if (!event.target.closest("#how")) $("how").open = false; });
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  $("how").open = false;
  $("card").hidden = true;
});

// ---------------------------------------------------------------------------------------------------------- slider

for (const [n, stop] of page.stops.entries()) {
  const button = make("button", { type: "button", tabindex: -1 }, stop.title);
  button.addEventListener("click", () => setStop(n));
  const item = make("li", {}, button);
  item.style.setProperty("--at", n / last);
  $("stops").append(item);
}
$("stop").max = last;

function setStop(n) {
  const stop = page.stops[n];
  $("stop").value = n;
  $("stop").setAttribute("aria-valuetext", stop.title);
  $("slider").style.setProperty("--done", n / last);
  [...$("stops").children].forEach((item, at) => {
    item.classList.toggle("done", at <= n);
    item.classList.toggle("here", at === n);
  });
  const names = stop === reading ? ["grey", "reading"] : [stop.name];
  for (const [name, element] of layers) element.classList.toggle("shown", names.includes(name));
  $("cells").classList.toggle("shown", stop === crops);
  $("view").hidden = $("zoom").hidden = stop === crops;
  layers.get("grey").style.setProperty("--lift", stop === reading ? stop.lift : 1); // behind the reading paper is white
  const found = make("b", {}, `${stop.found[0].toUpperCase()}${stop.found.slice(1)}.`);
  $("says").replaceChildren(`${stop.says} `, found);
  $("how").querySelector("summary").textContent = `by ${stop.steps.map((step) => step.plugin).join(", ")}`;
  $("how").hidden = !stop.steps.length;
  $("steps").replaceChildren(...stop.steps.flatMap(stepOf));
  $("card").hidden = true;
}

/** A step in words: who did it, and with which options. */
function stepOf({ stage, plugin, package: from, version, options, idle }) {
  const small = make("small", {}, `${from} ${version}${idle ? " · left the page as it was" : ""}`);
  const list = Object.entries(options).flatMap(([key, value]) => [make("dt", {}, key), make("dd", {}, written(value))]);
  return [make("h2", {}, `${stage} / ${plugin} `, small), make("dl", {}, ...list)];
}

const written = (value) => (typeof value === "number" ? `${Number(value.toPrecision(6))}` : JSON.stringify(value));

$("stop").addEventListener("input", () => setStop(Number($("stop").value)));
const asked = page.stops.findIndex((stop) => `#${stop.name}` === location.hash); // as in page.html#ink
setStop(asked < 0 ? last : asked);

// ------------------------------------------------------------------------------------------------------------ zoom

let zoom = 1;

function setZoom(to) {
  const view = $("view");
  const x = (view.scrollLeft + view.clientWidth / 2) / view.scrollWidth; // the middle stays where it is
  const y = (view.scrollTop + view.clientHeight / 2) / view.scrollHeight;
  zoom = Math.min(Math.max(to, 1), 8);
  $("stack").style.setProperty("--zoom", zoom);
  view.scrollTo(x * view.scrollWidth - view.clientWidth / 2, y * view.scrollHeight - view.clientHeight / 2);
  $("smaller").disabled = zoom === 1;
  $("larger").disabled = zoom === 8;
}

$("larger").addEventListener("click", () => setZoom(zoom * 1.5));
$("smaller").addEventListener("click", () => setZoom(zoom / 1.5));
setZoom(1);

// ---------------------------------------------------------------------------------------------------------- search

/** Text as it is compared: small letters, without accents. */
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Each line's text to search in, and which piece each of its characters is of. */
const searched = page.lines.map((line) => {
  const text = [];
  const owner = [];
  for (const [n, word] of line.words.entries()) {
    if (n) { text.push(" "); owner.push(-1); }
    for (const piece of word) {
      for (const character of plain(page.pieces[piece].text)) { text.push(character); owner.push(piece); }
    }
  }
  return { text, owner };
});

let hits = []; // each the pieces of one match
let hit = -1;

function search(query) {
  for (const element of document.querySelectorAll(".hit")) element.classList.remove("hit");
  const wanted = letters(plain(query).trim());
  hits = wanted.length ? searched.flatMap((line) => matches(line, wanted)) : [];
  hit = -1;
  for (const n of hits.flat()) for (const element of [onPage[n], inText[n]]) element.classList.add("hit");
  $("hits").textContent = wanted.length ? (hits.length ? `${hits.length} found` : "none found") : "";
  $("previous").hidden = $("next").hidden = !hits.length;
}

function matches({ text, owner }, wanted) {
  const found = [];
  for (let at = 0; at + wanted.length <= text.length; at++) {
    if (wanted.every((character, n) => text[at + n] === character)) {
      found.push([...new Set(owner.slice(at, at + wanted.length))].filter((n) => n >= 0));
    }
  }
  return found;
}

/** Shows a match, without taking the focus from the search. */
function showHit(step) {
  if (!hits.length) return;
  hit = (hit + step + hits.length + (hit < 0 && step < 0 ? 1 : 0)) % hits.length;
  $("hits").textContent = `${hit + 1} of ${hits.length}`;
  if (page.stops[$("stop").value] !== reading) setStop(last);
  const [first] = hits[hit];
  for (const element of [inText[first], onPage[first]]) {
    element.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  showCard(first, undefined, onPage[first]);
}

$("query").addEventListener("input", () => { search($("query").value); $("card").hidden = true; });
$("search").addEventListener("submit", (event) => event.preventDefault());
$("query").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  showHit(event.shiftKey ? -1 : 1);
});
$("next").addEventListener("click", () => showHit(1));
$("previous").addEventListener("click", () => showHit(-1));

// ----------------------------------------------------------------------------------------------------------- theme

const darkSystem = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (document.documentElement.dataset.theme ?? (darkSystem.matches ? "dark" : "light")) === "dark";
const showTheme = () => $("theme").setAttribute("aria-pressed", isDark());
$("theme").addEventListener("click", () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  showTheme();
});
darkSystem.addEventListener("change", showTheme);
showTheme();
