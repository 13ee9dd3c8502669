// Words for what an event says: for people, where the event has words for programs.

const MAX_EXCERPT = 4000; // characters of a source line that are shown: minified code has lines of megabytes
const LANGUAGES = { javascript: "js", node: "js", android: "java", cocoa: "native", objc: "native", c: "native", cpp: "native",
  csharp: ".net", dotnet: ".net", fsharp: ".net", vb: ".net" };
const PROBLEMS = {
  missing_source: "script not found", missing_sourcemap: "no source map", malformed_sourcemap: "source map unreadable",
  missing_source_content: "no source text", invalid_location: "no such place in the file", no_column: "no column given",
  ambiguous_file: "several files fit", unknown_image: "in no known module", missing_debug_file: "no debug file",
  malformed_debug_file: "debug file unreadable", missing_symbol: "no name for it", missing_mapping: "no mapping",
  malformed_mapping: "mapping unreadable", ambiguous_frame: "several answers", missing_seam: "stacks not joined",
  missing_history: "no history", unsupported: "not supported", limit_exceeded: "too much", invalid_data: "a value is wrong",
  internal_error: "our fault",
};
const FOUND_BY = { debug_id: "its debug id", code_id: "its build id", url: "its URL", path: "its name and path", release: "the release",
  debug_link: "the program's debug link", inline: "a map inside the script", reference: "what the script names", only: "being the only one" };

const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
const word = (words, key) => (Object.hasOwn(words, key) ? words[key] : String(key).replaceAll("_", " "));
const languageOf = (frame) => (typeof frame.platform === "string" ? word(LANGUAGES, frame.platform) : "");
// Control characters, and those that turn the direction of text, are shown as a mark: text must look as it is.
const tame = (text) => String(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, "\ufffd");

function call(frame) {
  const name = String(frame.function || frame.symbol || (frame.instruction_addr ? "<unknown>" : "<anonymous>"));
  const qualified = frame.module && ["java", ".net"].includes(languageOf(frame)) ? `${frame.module}.${name}` : name;
  return (data(frame).async ? "async " : "") + qualified;
}
function place(frame) {
  const path = done(frame) ? frame.filename || frame.abs_path : frame.abs_path || frame.filename;
  if (!path) return [frame.package, frame.instruction_addr].filter(Boolean).join(" ");
  return String(path).replace(/^\.\//, "") + (Number.isInteger(frame.lineno) ? `:${frame.lineno}${Number.isInteger(frame.colno) ? `:${frame.colno}` : ""}` : "");
}
// The frame's line at its repository's host; "" if it is not known.
const hosted = (frame) => (/^https:\/\/[^\s<>"'`\\@]{1,2000}$/.test(data(frame).source_link ?? "") ? data(frame).source_link : "");
// Where script frames replace their engine's native frames: which frames were replaced.
function folded(frame) {
  const replaced = plain(data(frame).folded), names = list(replaced.functions);
  if (!Number.isInteger(replaced.frames) || !names.length) return "";
  return replaced.frames > 1 ? `… replaces ${replaced.frames} frames, ${names[0]} first` : `… replaces ${names[0]}`;
}
const doubt = (frame) => (["scan", "cfi_scan"].includes(frame.trust) ? "found by scanning the stack" : "");
const problemWord = (problem) => (problem.another_build === true ? "file of another build" : word(PROBLEMS, problem.type ?? "problem"));
const said = (problem) => String(problem.detail || problem.message || problem.type || "");

// What to do, as this page has it: files are added here, and a release is named in its field.
function remedy(problem) {
  return String(problem.hint || "")
    .replace(/ with files=/g, " with “Add files”")
    .replace(/\bfolder\b(?=[^.;]* with “Add files”)/g, "files")
    .replace(/release=\S*/g, "in the field “Release”")
    .trim();
}
// The problems of an event, those of one kind with one remedy together.
function notesOf(events) {
  const notes = new Map();
  for (const problem of events.flatMap((event) => list(event.errors)).map(plain)) {
    const kind = `${problem.type} ${problem.hint || ""}`;
    if (!notes.has(kind)) notes.set(kind, { problem, details: new Set() });
    notes.get(kind).details.add(said(problem) || "an error without a message");
  }
  return [...notes.values()];
}
function groupOf(event) {
  const grouping = plain(event.grouping), category = plain(grouping.category);
  if (!Object.keys(grouping).length) return "";
  const sure = ["", "none"].includes(String(category.confidence ?? "")) ? "" : ` (${category.confidence})`;
  return `${String(grouping.fingerprint || "none").slice(0, 12)} ${String(category.name || "unknown").replaceAll("_", " ")}${sure}: ${grouping.title || ""}`;
}
const MOST_SUSPECTS = 3;
function suspectsOf(event) {
  return list(event.suspect_commits).map(plain).filter((one) => typeof one.commit === "string").slice(0, MOST_SUSPECTS).map((one) => ({
    commit: [one.commit.slice(0, 10), String(one.date || "").slice(0, 10), one.summary].filter(Boolean).join(" "),
    why: `${one.confidence}${one.author ? ` by ${one.author}` : ""}: ${one.reason}`,
    address: String(plain(one.pull_request).url || one.url || ""), number: plain(one.pull_request).number,
  }));
}
