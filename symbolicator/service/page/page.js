// What a person does on the page, and the requests it makes: POST /symbolicate and /symbolicate/text of its own server. It stores nothing.

const $ = (id) => document.getElementById(id);
const TRACE_BYTES = 4 << 20; // a dropped file up to this size may be a trace; larger ones are build files
const MOST_EVENTS = 20; // events of one text, a request each
const state = { files: [], events: [], crashes: [], running: null };

// ── what was pasted ─────────────────────────────────────────────────────────────────────────────────────────────
function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}
const KEYS = ["exception", "threads", "stacktrace", "stacktraces", "frames"];
const isEvent = (value) => isPlain(value) && [...KEYS, ...Object.values(OLD_KEYS)].some((key) => key in value);
// Apple's reports that are JSON, and walked minidumps: the door for text makes events of them.
const isReport = (text) => ["usedImages", "callStackTree", "callStacks", "crash_info"].some((key) => text.includes(`"${key}"`));
// The events in a text: one as JSON, a list of them, or one a line (an envelope's lines too); none in a trace, a log, a log of JSON lines.
function eventsIn(text) {
  if (!/^\s*[{[]/.test(text) || isReport(text)) return [];
  const value = parsed(text);
  if (value !== null) return (Array.isArray(value) ? value : [value]).filter(isEvent);
  const lines = text.split("\n").filter((line) => line.trim()), values = lines.map(parsed);
  return values.every((each) => each !== null) ? values.filter(isEvent) : [];
}

// ── requests ────────────────────────────────────────────────────────────────────────────────────────────────────
class Refused extends Error {
  constructor(detail, hint, again) { super(detail); Object.assign(this, { hint, again }); }
}
async function answerTo(content, kind, signal) {
  const path = kind === "event" ? "symbolicate" : "symbolicate/text", told = new URLSearchParams();
  for (const name of ["release", "dist"]) if ($(name).value.trim()) told.set(name, $(name).value.trim());
  let body = content;
  const headers = { Accept: "application/json" };
  if (state.files.length) {
    body = new FormData();
    body.append(kind, content);
    for (const file of state.files) body.append("files", file, file.name);
  } else {
    headers["Content-Type"] = kind === "event" ? "application/json" : "text/plain; charset=utf-8";
  }
  if ($("token").value) headers.Authorization = `Bearer ${$("token").value}`;
  const response = await fetch(told.size ? `${path}?${told}` : path, { method: "POST", body, headers, signal, credentials: "same-origin" });
  const answer = plain(await response.json().catch(() => ({})));
  if (response.ok) return answer;
  if (response.status === 401) { $("door").hidden = false; $("token").focus(); }
  throw refusalOf(response.status, answer);
}
function refusalOf(status, { detail, hint }) {
  if (status === 503) return new Refused("The service is busy.", "Too many crashes at once, or a big one: try again in a moment. Your text and files are still here.", true);
  if (status === 413) return new Refused(detail || "That is too large.", "Add fewer or smaller files, or have whoever runs the service give it the folder (-f).");
  if (status === 401) return new Refused("This service asks for a token.", "Whoever runs it has it.");
  if (status === 400 && /no stack frame/.test(detail || "")) return NOTHING_FOUND;
  return new Refused(detail || `The service answered ${status}.`, hint || "", status >= 500);
}
const NOTHING_FOUND = new Refused("No stack frame was found in this text.", "Paste the whole trace. A frame is a line such as “at f (app.js:1:2)”, “#0 0x7f31 in f” or “at a.b.c(SourceFile:12)”.");

function fail({ message, hint, again }) {
  $("error").replaceChildren(make("p", {}, message), hint ? make("p", {}, hint) : "", again ? make("p", {}, make("button", { type: "button", onclick: ask }, "Try again")) : "");
  $("error").classList.toggle("passing", Boolean(again));
  $("error").hidden = false;
  $("answer").hidden = true;
  $("status").textContent = "";
}
async function ask() {
  const text = $("trace").value;
  if (!text.trim()) { fail({ message: "There is no trace yet.", hint: "Paste one above, drop a file with one, or try the example." }); $("trace").focus(); return; }
  state.running?.abort();
  const running = (state.running = new AbortController());
  $("error").hidden = true;
  $("go").disabled = true;
  $("status").textContent = $("go").textContent = "Working…";
  try {
    const events = eventsIn(text), answers = [];
    for (const event of events.slice(0, MOST_EVENTS)) answers.push(await answerTo(events.length === 1 && parsed(text) ? text : JSON.stringify(event), "event", running.signal));
    if (!events.length) answers.push(await answerTo(text, "trace", running.signal));
    const crashes = answers.flatMap(crashesOf);
    if (!crashes.length) throw NOTHING_FOUND;
    Object.assign(state, { events: answers, crashes });
    Object.assign(view, { base: "crash", raw: false, opened: new Map(), unfolded: new Set(), crashOpen: new Map() });
    draw();
    if (events.length > MOST_EVENTS) $("tally").append(`; the first ${MOST_EVENTS} of ${events.length} events`);
    $("trace").scrollTop = 0;
    if (["trace", "go", "example"].includes(document.activeElement.id)) $("answer").focus({ preventScroll: true }); // the keys are for frames now
    if ($("answer").getBoundingClientRect().top > innerHeight / 2) $("answer").scrollIntoView(); // a phone shows the form alone
    $("status").textContent = $("tally").textContent;
  } catch (error) {
    if (error instanceof Refused) fail(error);
    else if (error.name !== "AbortError") fail({ message: "The service could not be reached.", hint: "Is it still running? Your text is untouched.", again: true });
  } finally {
    if (state.running === running) { $("go").disabled = false; $("go").textContent = "Make readable"; }
  }
}

// ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────
function drawFiles() {
  $("files").hidden = !state.files.length;
  $("files").replaceChildren(...state.files.map((file, at) => make("li", {}, make("span", {}, `${file.name} · ${size(file.size)}`),
    make("button", { type: "button", "aria-label": `Remove ${file.name}`, onclick: () => { state.files.splice(at, 1); drawFiles(); } }, "×"))));
  $("reset").hidden = !state.files.length && !$("trace").value;
  $("example").hidden = !$("reset").hidden;
}
function size(bytes) {
  for (const unit of ["B", "KB", "MB"]) { if (bytes < 1000) return `${bytes < 10 && unit !== "B" ? bytes.toFixed(1) : Math.round(bytes)} ${unit}`; bytes /= 1000; }
  return `${bytes.toFixed(1)} GB`;
}
// A file's text: UTF-8, or UTF-16 as Windows' tools write it.
async function textOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const mark = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(mark).decode(bytes);
}
async function isTrace(file) {
  // A text by its name, or JSON that holds frames; a map is JSON too.
  if (file.size > TRACE_BYTES || /^mapping\b.*\.txt$/i.test(file.name)) return false;
  if (/\.(txt|log|trace|crash|ips|synced|hang|spin|stack|out|err|wer|envelope)$/i.test(file.name)) return true;
  if (!/\.(json|jsonl|ndjson|event)$/i.test(file.name)) return false;
  const text = await textOf(file);
  return isReport(text) || eventsIn(text).length > 0 || /\.(jsonl|ndjson)$/i.test(file.name);
}
async function take(files) {
  let read = false;
  for (const file of files) {
    if (!read && await isTrace(file)) { $("trace").value = await textOf(file); read = true; }
    else if (!state.files.some((known) => known.name === file.name && known.size === file.size)) state.files.push(file);
  }
  drawFiles();
  if ($("trace").value.trim()) ask();
}
function clear() {
  state.running?.abort();
  Object.assign(state, { files: [], events: [], crashes: [] });
  $("trace").value = "";
  $("answer").hidden = $("error").hidden = true;
  document.body.classList.remove("answered");
  drawFiles();
  $("trace").focus();
}
// A small real crash and the files of its build, which come with the page.
function tryExample() {
  const { trace, files } = JSON.parse($("example-files").textContent);
  state.files = Object.entries(files).map(([name, text]) => new File([text], name));
  $("trace").value = trace;
  drawFiles();
  ask();
}

// ── the person ──────────────────────────────────────────────────────────────────────────────────────────────────
$("form").addEventListener("submit", (event) => { event.preventDefault(); ask(); });
$("trace").addEventListener("input", drawFiles);
$("pick").addEventListener("change", () => { take([...$("pick").files]); $("pick").value = ""; });
$("reset").addEventListener("click", clear);
$("example").addEventListener("click", tryExample);
$("copy").addEventListener("click", copy);
$("own").addEventListener("click", () => { view.ownOnly = !view.ownOnly; view.unfolded.clear(); draw(); });
$("raw").addEventListener("click", () => { view.raw = !view.raw; draw(); });
$("all").addEventListener("click", () => {
  view.base = $("all").getAttribute("aria-pressed") === "true" ? "none" : "all";
  for (const changed of [view.opened, view.unfolded, view.crashOpen]) changed.clear();
  draw();
});
let depth = 0; // drag events come for every element that is passed over
addEventListener("dragenter", (event) => { event.preventDefault(); depth += 1; $("form").classList.add("over"); });
addEventListener("dragleave", () => { depth -= 1; if (depth <= 0) $("form").classList.remove("over"); });
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  depth = 0;
  $("form").classList.remove("over");
  if (event.dataTransfer.files.length) take([...event.dataTransfer.files]);
  else { const text = event.dataTransfer.getData("text"); if (text) { $("trace").value = text; drawFiles(); ask(); } }
});
addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") { event.preventDefault(); ask(); return; }
  if (event.key === "Escape" && document.activeElement === $("trace")) { $("trace").blur(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || ["TEXTAREA", "INPUT"].includes(document.activeElement?.tagName)) return;
  const rows = [...document.querySelectorAll("#stacks .row, #stacks .title")].filter((row) => row.offsetParent !== null);
  const at = rows.indexOf(document.activeElement);
  const click = (id) => state.events.length && !$(id).hidden && $(id).click();
  const keys = { j: () => rows[Math.min(at + 1, rows.length - 1)]?.focus(), k: () => rows[Math.max(at - 1, 0)]?.focus(),
    f: () => click("own"), o: () => click("all"), r: () => click("raw"), c: () => click("copy"), "/": () => $("trace").focus() };
  if (Object.hasOwn(keys, event.key)) { event.preventDefault(); keys[event.key](); }
});
drawFiles();
