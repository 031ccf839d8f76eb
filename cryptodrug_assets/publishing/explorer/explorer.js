"use strict";
// The data lie in the page. Nothing is asked of anybody, nothing is kept, no text becomes code.
const { measures, codes, series, say, start } = JSON.parse(document.getElementById("data").textContent);
const [CODED, PLACES] = [["time_period", "obs_status", "method", "coverage", "ref_period"], ["market", "drug_class", "ref_area"]];
const NUMBERS = ["obs_value", "lower_bound", "upper_bound", "obs_count", "vendor_count"];
const RARE = ["ref_period", "obs_count", "vendor_count"];
const FIELDS = ["indicator", "param", ...PLACES];
const at = (id) => document.getElementById(id);
const wanted = { ...start };
let shown = null;

// What a series is chosen by: its indicator and parameter as the measure has them, then its places.
const keyOf = ([measure, ...places]) => [measures[measure][2], measures[measure][3], ...PLACES.map((name, i) => codes[name][places[i]])];
const keys = series.map(keyOf);

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function grouped(text) {
  const [whole, rest] = text.replace("-", "").split(".");
  const parts = whole.replace(/\B(?=(\d{3})+(?!\d))/g, say.numbers.group);
  return (text.startsWith("-") ? "-" : "") + parts + (rest ? say.numbers.decimal + rest : "");
}

// Numbers as the language writes them; the file has every digit.
function written(value, form, digits) {
  if (value === null) return "–";
  if (form === "percent") return grouped((value * 100).toFixed(digits ?? (Math.abs(value) < 0.1 ? 2 : 1))) + say.numbers.percent;
  if (form === "count") return grouped(value.toFixed(digits ?? (Number.isInteger(value) ? 0 : 1)));
  return grouped(value.toFixed(digits ?? (form === "euro" ? 0 : 3)));
}

// Each choice offers what there is with the choices before it, and keeps what was wanted where that is there.
function offer() {
  let left = keys.map((_, i) => i);
  FIELDS.forEach((field, place) => {
    const there = new Set(left.map((i) => keys[i][place]));
    const select = at(field);
    const listed = say.choices[field].filter(([code]) => there.has(code));
    select.replaceChildren();
    let group = null;
    for (const [code, label, of] of listed) {
      if (of !== undefined && group?.label !== of) {
        group = element("optgroup", undefined, { label: of });
        select.append(group);
      }
      (group ?? select).append(element("option", label, { value: code }));
    }
    const chosen = there.has(wanted[field]) ? wanted[field] : listed[0]?.[0];
    select.value = chosen;
    at(`${field}-field`).hidden = field === "param" && listed.length < 2;
    left = left.filter((i) => keys[i][place] === chosen);
  });
  return left[0];
}

function rowsOf(index) {
  const [measure, , , , cells] = series[index];
  const [dataset, freq, indicator, param, unit_measure] = measures[measure];
  const places = Object.fromEntries(PLACES.map((name, i) => [name, keys[index][i + 2]]));
  return cells.map((cell) => {
    const row = { dataset, freq, indicator, param, unit_measure, ...places };
    CODED.forEach((name, i) => { row[name] = codes[name][cell[i]]; });
    NUMBERS.forEach((name, i) => { row[name] = cell[CODED.length + i] ?? null; });
    row.conf_status = row.obs_status === "Q" ? "C" : "F";
    return row;
  });
}

function table(rows, form) {
  // Windows and numbers stand beside few values; a column of nothing says nothing.
  const columns = say.columns.filter(([name]) => !RARE.includes(name) || rows.some((row) => row[name] !== null));
  const head = element("tr");
  const kind = (name) => ({ class: { obs_status: "text", ref_period: "text", method: "long text" }[name] ?? "number" });
  head.append(...columns.map(([name, label]) => element("th", label, { scope: "col", ...kind(name) })));
  at("head").replaceChildren(head);
  at("body").replaceChildren(...rows.map((row) => {
    const line = element("tr");
    line.append(...columns.map(([name], i) => {
      const text = cellOf(row, name, form);
      return i ? element("td", text, kind(name)) : element("th", text, { scope: "row" });
    }));
    return line;
  }));
}

function cellOf(row, name, form) {
  if (name === "time_period") return say.months[row.time_period];
  if (name === "obs_status" || name === "method") return say[name][row[name]];
  if (name === "ref_period") return row.ref_period ?? "–";
  if (name === "coverage") return written(row.coverage, "percent");
  return written(row[name], name.endsWith("count") ? "count" : form);
}

// Every digit of every number, and the codes, as exchange.observations has them.
function csv(rows) {
  const cell = (value) => (value === null ? "" : /[",\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  return [say.file.columns.join(","), ...rows.map((row) => say.file.columns.map((name) => cell(row[name])).join(","))].join("\n") + "\n";
}

function download() {
  const url = URL.createObjectURL(new Blob([csv(shown)], { type: "text/csv;charset=utf-8" }));
  const name = [say.file.name, ...FIELDS.map((field) => shown[0][field])].join("_");
  element("a", "", { href: url, download: `${name}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function drawn(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// Round numbers along the axis, and how many digits they need.
function ticks(low, high, form) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= rough);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) found.push(Number((k * step).toPrecision(12)));
  return [found, Math.max(0, -Math.floor(Math.log10(step * (form === "percent" ? 100 : 1)) + 1e-9))];
}

// Line and band from month to month; a month without a value or bounds ends them, and none is filled in.
function chart(rows, form, name) {
  const width = Math.max(270, Math.min(800, at("chart").clientWidth)), height = 300, left = 64, bottom = 44, top = 12;
  const months = codes.time_period, byMonth = new Map(rows.map((row) => [row.time_period, row]));
  const numbers = rows.flatMap((row) => [row.obs_value, row.lower_bound, row.upper_bound]).filter((value) => value !== null);
  const low = Math.min(0, ...numbers), high = Math.max(...numbers, low + (numbers.length ? 1e-9 : 1));
  const x = (i) => left + ((i + 0.5) * (width - left - 8)) / months.length;
  const y = (value) => top + ((high - value) * (height - top - bottom)) / (high - low);
  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-labelledby": "chart-name" });
  const inside = drawn("g", { "aria-hidden": "true" });
  const [lines, digits] = ticks(low, high, form);
  for (const value of numbers.length ? lines : []) {
    inside.append(drawn("line", { class: "grid", x1: left, x2: width - 8, y1: y(value), y2: y(value) }));
    inside.append(drawn("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, written(value, form, digits)));
  }
  const each = Math.ceil(months.length / Math.max(2, Math.floor((width - left) / 72)));
  // Months next to each other of which something is there.
  const runs = (there) => months.reduce((found, month, i) => {
    const row = byMonth.get(month);
    if (!row || !there(row)) return [...found, []];
    found[found.length - 1].push([i, row]);
    return found;
  }, [[]]).filter((run) => run.length > 1);
  const points = (run, column) => run.map(([i, row]) => `${x(i)},${y(row[column])}`);
  const bounded = (row) => row.lower_bound !== null && row.upper_bound !== null;
  for (const run of runs((row) => row.obs_value !== null && bounded(row))) {
    inside.append(drawn("polygon", { class: "band", points: [...points(run, "lower_bound"), ...points(run, "upper_bound").reverse()].join(" ") }));
  }
  for (const run of runs((row) => row.obs_value !== null)) inside.append(drawn("polyline", { class: "line", points: points(run, "obs_value").join(" ") }));
  const marks = [];
  months.forEach((month, i) => {
    const row = byMonth.get(month);
    if (i % each === 0) inside.append(drawn("text", { x: x(i), y: height - bottom + 32, "text-anchor": "middle" }, say.months[month]));
    if (!row) return;
    if (bounded(row)) marks.push(drawn("line", { class: "rule", x1: x(i), x2: x(i), y1: y(row.lower_bound), y2: y(row.upper_bound) }));
    if (row.obs_value !== null) marks.push(drawn("circle", { class: row.obs_status === "U" ? "low" : "point", cx: x(i), cy: y(row.obs_value), r: 4.5 }));
    else marks.push(drawn("text", { class: "none", x: x(i), y: height - bottom + 14, "text-anchor": "middle" }, row.obs_status === "Q" ? "c" : "–"));
  });
  svg.append(drawn("title", { id: "chart-name" }, name), inside);
  inside.append(...marks, drawn("line", { class: "axis", x1: left, x2: width - 8, y1: y(low), y2: y(low) }));
  at("chart").replaceChildren(svg);
}

function show() {
  const index = offer();
  FIELDS.forEach((field) => { wanted[field] = at(field).value; });
  const rows = (shown = rowsOf(index)), measure = series[index][0], form = say.forms[measure];
  const chosen = (field) => at(field).selectedOptions[0].textContent;
  const name = [say.measures[measure], chosen("ref_area"), chosen("market"), chosen("drug_class")].join(" · ");
  const count = (test) => rows.filter(test).length;
  const [valued, hidden] = [count((row) => row.obs_value !== null), count((row) => row.obs_status === "Q")];
  const summary = say.summary.replace("{shown}", valued).replace("{missing}", rows.length - valued - hidden).replace("{hidden}", hidden);
  at("name").textContent = name;
  at("unit").textContent = say.units[measure];
  at("summary").textContent = summary;
  at("definition").textContent = say.definitions[measure];
  at("confidential").hidden = !hidden;
  at("caption").textContent = name;
  table(rows, form);
  chart(rows, form, `${name}. ${summary}`);
}

FIELDS.forEach((field) => at(field).addEventListener("change", () => { wanted[field] = at(field).value; show(); }));
at("download").addEventListener("click", download);
let width = 0;
new ResizeObserver(([entry]) => {
  if (Math.abs(entry.contentRect.width - width) < 2) return;
  width = entry.contentRect.width;
  show();
}).observe(at("chart"));
