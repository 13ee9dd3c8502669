// An answered event, in the order in which a person reads it: its crashes, their stacks, their frames, and how many were symbolicated.
// As `rendering/sections.py` and `rendering/tally.py` have it: tests hold both to the same counts. No content of an event makes this throw.

const CAUSES = ["cause", "__cause__", "__context__", "reason"];
const POSITION = ["abs_path", "module", "symbol", "lineno", "colno"];
const OLD_KEYS = { exception: "sentry.interfaces.Exception", stacktrace: "sentry.interfaces.Stacktrace", threads: "sentry.interfaces.Threads" };

const list = (value) => (Array.isArray(value) ? value : []);
const plain = (value) => (value && typeof value === "object" && !Array.isArray(value) ? value : {});
const isPlain = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function withTodaysKeys(event) {
  const today = { ...event };
  for (const [name, old] of Object.entries(OLD_KEYS)) if (today[name] == null && old in today) today[name] = today[old];
  return today;
}
// The objects of `{"values": […]}`, of a bare list, or of a single one.
function entries(holder) {
  const values = isPlain(holder) ? ("values" in holder ? holder.values : [holder]) : holder;
  return list(values).filter(isPlain);
}
// The frames of a value with a `stacktrace`, or of a stacktrace, callee first.
function framesOf(holder) {
  const stack = plain(holder.stacktrace);
  return list("frames" in stack ? stack.frames : holder.frames).filter(isPlain).reverse();
}
// The frames as they were reported, each as much the user's own as what was made of it.
function rawOf(holder) {
  const owns = new Map(framesOf(holder).map((frame) => [data(frame).raw_index, frame.in_app]));
  return list(plain(holder.raw_stacktrace).frames).map((frame, at) => isPlain(frame) && { ...frame, in_app: frame.in_app ?? owns.get(at) }).filter(Boolean).reverse();
}

// The crashes of an event, each a list of stacks: an exception and what caused it; else a thread; else the event's own stack.
function crashesOf(given) {
  const event = withTodaysKeys(given), crashes = [], depths = new Map();
  for (const chain of chains(entries(event.exception))) crashes.push(chain.map((value, position) => exceptionStack(value, position, depths)));
  for (const thread of entries(event.threads).sort((a, b) => Number(!a.crashed) - Number(!b.crashed))) {
    if (!framesOf(thread).length) continue;
    const name = [thread.id, thread.name].filter((part) => part !== undefined && part !== null).join(" ");
    crashes.push([stackOf(thread, { thread: true, text: `Thread ${name}`.trimEnd() + (thread.crashed ? " (crashed)" : "") })]);
  }
  for (const holder of [event, ...entries(event.stacktraces)]) {
    if (framesOf(holder).length) crashes.push([stackOf(holder, { text: "Stack" })]);
  }
  return crashes;
}
// An event lists what caused an exception before it; one with an id and no parent is the last of its chain.
function chains(values) {
  const found = [];
  let chain = [];
  for (const value of values) {
    chain.unshift(value);
    const { exception_id, parent_id } = plain(value.mechanism);
    if (Number.isInteger(exception_id) && !Number.isInteger(parent_id)) { found.push(chain); chain = []; }
  }
  return chain.length ? [...found, chain] : found;
}
function exceptionStack(value, position, depths) {
  const mechanism = plain(value.mechanism), id = mechanism.exception_id, parent = mechanism.parent_id, source = mechanism.source;
  const chained = position > 0 || (Number.isInteger(id) && Number.isInteger(parent));
  const depth = !chained ? 0 : Number.isInteger(parent) ? (depths.get(parent) ?? 0) + 1 : position;
  if (Number.isInteger(id)) depths.set(id, depth);
  const relation = !chained ? "" : source == null || CAUSES.includes(source) ? "Caused by" : String(source);
  const type = String(value.type || ""), text = String(value.value || "");
  // The message alone where it begins with the type.
  const named = type && text.startsWith(type) && !/[\p{L}\p{N}]/u.test(text.charAt(type.length));
  return stackOf(value, { relation, depth, type: named ? "" : type, text: text || (type ? "" : framesOf(value).length ? "Stack" : "(no message)") });
}
function stackOf(holder, { relation = "", depth = 0, type = "", text = "", thread = false }) {
  const stack = plain(holder.stacktrace);
  const note = stack.woven_into ? "Its frames are part of the stack above." : typeof stack.apart === "string" ? stack.apart : "";
  return { relation, depth, type, text, thread, note, frames: framesOf(holder), raw: rawOf(holder) };
}
function headingOf(stack) {
  return [stack.type, stack.text].filter(Boolean).join(": ");
}

// ── one frame ───────────────────────────────────────────────────────────────────────────────────────────────────
const data = (frame) => plain(frame.data);
const statusOf = (frame) => (typeof data(frame).symbolicator_status === "string" ? data(frame).symbolicator_status : null);
const done = (frame) => statusOf(frame) === "symbolicated";
const own = (frame) => frame.in_app !== false;
const problems = (frame) => list(data(frame).problems).filter(isPlain);
const noFile = (frame) => (typeof data(frame).no_file === "string" && statusOf(frame) === "raw" ? data(frame).no_file : null);
const lacking = (frame) => !done(frame) && noFile(frame) === null;

// The source around a frame: its lines, numbered.
function excerpt(frame) {
  if (!Number.isInteger(frame.lineno) || typeof frame.context_line !== "string") return [];
  const before = list(frame.pre_context);
  const texts = [...before, frame.context_line, ...list(frame.post_context)].map((text) => String(text).slice(0, MAX_EXCERPT));
  return texts.map((text, at) => ({ number: frame.lineno - before.length + at, text, own: at === before.length }));
}
// The column in `context_line`, from 0, in UTF-16 code units.
function caretAt(frame) {
  const inside = data(frame).context_column;
  if (Number.isInteger(inside)) return inside;
  return Number.isInteger(frame.colno) && frame.colno > 0 ? frame.colno - 1 : null;
}

// ── runs of library frames ──────────────────────────────────────────────────────────────────────────────────────
const FOLD_FROM = 3; // this many library frames in a row are folded into one line
// The frames in pieces: single ones, and runs of library frames. With `ownOnly` every run of them, whatever its length and problems.
function runs(frames, ownOnly) {
  const pieces = [], anyOwn = frames.some(own);
  for (let at = 0; at < frames.length;) {
    let end = at;
    while (anyOwn && end < frames.length && !own(frames[end]) && (ownOnly || !problems(frames[end]).length)) end += 1;
    const folds = ownOnly ? end > at : end - at >= FOLD_FROM;
    if (!folds) end = at + 1;
    pieces.push({ folds, frames: frames.slice(at, end) });
    at = end;
  }
  return pieces;
}
function ownerOf(frame) {
  const path = String(frame.filename || frame.abs_path || frame.module || frame.package || "");
  if (path.includes("node_modules/")) {
    const parts = path.split("node_modules/").pop().split("/");
    return parts[0].startsWith("@") ? parts.slice(0, 2).join("/") : parts[0];
  }
  if (path.startsWith("node:")) return "node";
  return ["", "native", "[native code]"].includes(path) || path.startsWith("<") ? "the engine" : path.split(/[\\/]/).pop();
}

// ── counts ──────────────────────────────────────────────────────────────────────────────────────────────────────
// How many frames of events were symbolicated, lack something, were readable already, or need none of the user's files.
function countsOf(events) {
  const counts = { symbolicated: 0, lacking: 0, readable: 0, total: 0, system: 0 };
  for (const [raw, frame] of events.flatMap((event) => [...pairs(withTodaysKeys(event))])) {
    counts.total += 1;
    if (noFile(frame) !== null) counts.system += Number(noFile(frame) === "system");
    else if (lacking(frame)) counts.lacking += 1;
    else if (POSITION.some((key) => JSON.stringify(raw[key] ?? null) !== JSON.stringify(frame[key] ?? null))) counts.symbolicated += 1;
    else if (frame.lineno || frame.module) counts.readable += 1;
  }
  return counts;
}
function* pairs(event) {
  for (const holder of [event, ...entries(event.exception), ...entries(event.threads), ...entries(event.stacktraces)]) {
    const raws = list(plain(holder.raw_stacktrace).frames);
    for (const frame of framesOf(holder)) yield [Number.isInteger(data(frame).raw_index) ? plain(raws[data(frame).raw_index]) : {}, frame];
  }
}
// `2 of 9 frames that need your files could not be symbolicated; 3 were readable already`
function tallyOf({ symbolicated, lacking: lack, readable, total, system }) {
  const need = symbolicated + lack, free = total - need - readable, parts = [];
  if (lack) {
    const whose = need < total ? ` that need${need === 1 ? "s" : ""} your files` : "";
    if (symbolicated) parts.push(`${lack} of ${need} frames${whose} could not be symbolicated`);
    else parts.push(need === 1 ? `the only frame${whose} could not be symbolicated` : `none of the ${need} frames${whose} could be symbolicated`);
  } else if (symbolicated) {
    parts.push(`${symbolicated === total && total > 1 ? "all " : ""}${plural(symbolicated, "frame")} symbolicated`);
  }
  const counted = (count) => (parts.length ? String(count) : plural(count, "frame"));
  if (readable) parts.push(`${counted(readable)} ${readable === 1 ? "was" : "were"} readable already`);
  if (free) parts.push(`${counted(free)}${free === system ? " of the system" : ""} need${free === 1 ? "s" : ""} no file of yours`);
  return parts.join("; ");
}
