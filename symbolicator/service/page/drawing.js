// The answer on the page. Text is only ever put in as text: nothing of an event becomes markup.

// What is shown: `base` says which frames are open ("crash": the first own one with source; "all"; "none"); `opened` and `unfolded` what a
// hand has changed since, by frame; `crashOpen` by crash.
const view = { base: "crash", ownOnly: false, raw: false, opened: new Map(), unfolded: new Set(), crashOpen: new Map() };

function make(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== "").map((child) => (typeof child === "string" ? tame(child) : child)));
  return element;
}

function draw() {
  const crashes = state.crashes, counts = countsOf(state.events);
  $("tally").textContent = tallyOf(counts) || plural(counts.total, "frame");
  $("tally").classList.toggle("lacking", counts.lacking > 0);
  $("notes").replaceChildren(...(counts.lacking ? notesOf(state.events).map(drawNote) : []));
  $("facts").replaceChildren(...state.events.flatMap((event) => [...drawGroup(event), ...drawSuspects(event)]));
  const mixed = new Set(crashes.flat().flatMap((stack) => stack.frames.map(languageOf).filter(Boolean))).size > 1;
  $("stacks").replaceChildren(...drawListHead(crashes), ...crashes.map((crash, at) => drawCrash(crash, at, crashes.length, mixed)));
  $("raw").hidden = !crashes.flat().some((stack) => stack.raw.length);
  for (const [id, pressed] of [["own", view.ownOnly], ["raw", view.raw]]) $(id).setAttribute("aria-pressed", String(pressed));
  $("answer").hidden = false;
  document.body.classList.add("answered");
  markAll();
}
// "Open all" is pressed while nothing that can be opened is closed.
function markAll() {
  const closed = [...$("stacks").querySelectorAll("[aria-expanded]")].some((row) => row.getAttribute("aria-expanded") === "false" && !(view.ownOnly && row.classList.contains("fold")));
  $("all").setAttribute("aria-pressed", String(!closed));
}
function drawNote({ problem, details }) {
  const shown = [...details].slice(0, 3).map((detail) => make("p", {}, detail));
  if (details.size > 3) shown.push(make("p", { class: "soft" }, `and ${details.size - 3} more like these`));
  return make("div", { class: "note" }, ...shown, remedy(problem) ? make("p", { class: "todo" }, make("b", {}, "What to do: "), remedy(problem)) : "");
}
function drawGroup(event) {
  const group = groupOf(event);
  return group ? [make("div", { class: "fact" }, make("h2", {}, "Group"), make("p", {}, group))] : [];
}
function drawSuspects(event) {
  const suspects = suspectsOf(event);
  if (!suspects.length) return [];
  return [make("div", { class: "fact" }, make("h2", {}, suspects.length > 1 ? "Suspected commits" : "Suspected commit"), ...suspects.map((one) => make("div", { class: "suspect" },
    make("b", {}, one.commit),
    /^https?:\/\//.test(one.address) ? make("a", { href: one.address, rel: "noreferrer" }, one.number ? `#${one.number}` : "commit") : "",
    make("span", {}, one.why))))];
}

// ── crashes ─────────────────────────────────────────────────────────────────────────────────────────────────────
function drawListHead(crashes) {
  if (crashes.length < 2) return [];
  const threads = crashes.filter((crash) => crash[0].thread).length, rest = crashes.length - threads;
  const parts = [rest ? `${rest} ${rest === 1 ? "crash" : "crashes"}` : "", threads ? plural(threads, "thread") : ""].filter(Boolean);
  return [make("p", { class: "soft listed" }, `${parts.join(" and ")}; the first is open.`)];
}
function titleOf(stack) {
  return [stack.relation ? make("span", { class: "relation" }, `${stack.relation}: `) : "", stack.type ? make("span", { class: "type" }, stack.type) : "",
    stack.type && stack.text ? ": " : "", stack.text];
}
function drawCrash(crash, at, count, mixed) {
  const body = make("div", { class: "body" }), shown = new Set();
  const fill = () => { if (!body.childElementCount) body.append(...crash.map((stack, place) => drawStack(stack, place, mixed, shown))); };
  const section = make("section", { class: "crash" });
  if (count === 1) {
    fill();
    section.append(make("h2", {}, ...titleOf(crash[0])), body);
    return section;
  }
  const open = view.crashOpen.get(at) ?? (view.base === "all" || (view.base === "crash" && at === 0));
  const top = crash[0].frames.find(own) || crash[0].frames[0];
  const button = make("button", { type: "button", class: "title", "aria-expanded": String(open) },
    make("span", { class: "what" }, ...titleOf(crash[0])), top ? make("span", { class: "soft" }, [call(top), place(top)].filter(Boolean).join("  ")) : "");
  const show = (wanted) => { if (wanted) fill(); body.hidden = !wanted; button.setAttribute("aria-expanded", String(wanted)); };
  button.addEventListener("click", () => { view.crashOpen.set(at, body.hidden); show(body.hidden); markAll(); });
  show(open);
  section.classList.add("listed");
  section.append(make("h2", {}, button), body);
  return section;
}
// `shown`: the frames of the crash that are open already; a cause often shares them.
function drawStack(stack, at, mixed, shown) {
  const frames = view.raw && stack.raw.length ? stack.raw : stack.frames;
  const crash = frames.find((frame) => own(frame) && excerpt(frame).length), key = crash && `${call(crash)} ${place(crash)}`;
  const isShown = shown.has(key);
  shown.add(key);
  const rows = runs(frames, view.ownOnly).flatMap((piece) => {
    const isFolded = piece.folds && !view.unfolded.has(piece.frames[0]) && (view.ownOnly || view.base !== "all");
    return isFolded ? [drawFold(piece.frames, mixed)] : piece.frames.map((frame) => drawFrame(frame, frame === crash && !isShown, mixed));
  });
  return make("section", { class: "stack" }, at ? make("h3", {}, ...titleOf(stack)) : "",
    stack.note ? make("p", { class: "woven" }, stack.note) : "", rows.length ? make("ol", { class: "frames" }, ...rows) : "");
}

// ── frames ──────────────────────────────────────────────────────────────────────────────────────────────────────
const drawFolded = (frame) => (folded(frame) ? make("p", { class: "woven" }, folded(frame)) : "");
function drawFold(frames, mixed) {
  const owners = [...new Set(frames.map(ownerOf))];
  const names = owners.slice(0, 3).join(", ") + (owners.length > 3 ? ", …" : "");
  const item = make("li", {});
  const unfold = () => {
    view.unfolded.add(frames[0]);
    const rows = frames.map((frame) => drawFrame(frame, false, mixed));
    item.replaceWith(...rows);
    rows[0].querySelector(".row").focus();
    markAll();
  };
  item.append(make("button", { type: "button", class: "row fold", "aria-expanded": "false", onclick: unfold },
    make("span", {}, `${plural(frames.length, "frame")} of ${names}`)), ...frames.map(drawFolded));
  return item;
}
function drawFrame(frame, isCrash, mixed) {
  const item = make("li", { class: own(frame) ? "own" : "other" });
  const badge = (text, kind = "") => (text ? make("span", { class: `badge ${kind}` }, text) : "");
  const row = make("button", { type: "button", class: "row", "aria-expanded": "false" },
    make("span", { class: "name" }, call(frame)),
    badge(data(frame).inlined ? "inlined" : ""), badge(mixed ? languageOf(frame) : ""), badge(doubt(frame)),
    badge(problems(frame).length ? problemWord(problems(frame)[0]) : "", "bad"),
    make("span", { class: "where" }, place(frame)));
  let inside = null;
  const show = (wanted) => {
    if (wanted && !inside) row.after((inside = drawInside(frame)));
    if (inside) inside.hidden = !wanted;
    row.setAttribute("aria-expanded", String(wanted));
  };
  row.addEventListener("click", () => {
    const wanted = row.getAttribute("aria-expanded") !== "true";
    view.opened.set(frame, wanted);
    show(wanted);
    markAll();
  });
  item.append(row, drawFolded(frame));
  if (view.opened.get(frame) ?? (view.base === "all" || (view.base === "crash" && isCrash))) show(true);
  return item;
}
function drawInside(frame) {
  const inside = make("div", { class: "inside" });
  if (excerpt(frame).length) inside.append(drawExcerpt(frame));
  for (const problem of problems(frame)) {
    const tried = list(problem.tried).slice(0, 12).map(String);
    inside.append(make("div", { class: "problem" }, make("p", {}, make("b", {}, said(problem))),
      remedy(problem) ? make("p", {}, `What to do: ${remedy(problem)}`) : "",
      tried.length ? make("p", { class: "soft" }, "Looked for:") : "",
      tried.length ? make("ul", {}, ...tried.map((where) => make("li", {}, where))) : ""));
  }
  for (const other of list(data(frame).alternatives).slice(0, 20).filter(isPlain)) {
    inside.append(make("div", { class: "problem" }, `or ${call({ platform: frame.platform, ...other })} ${place({ ...other, data: frame.data })}`));
  }
  const used = data(frame).sourcemap || data(frame).mapping || data(frame).debug_file, by = data(frame).resolved_with;
  const facts = { "reported as": frame.raw_function && frame.raw_function !== frame.function ? frame.raw_function : null,
    file: frame.abs_path && !place(frame).startsWith(frame.abs_path) ? frame.abs_path : null, program: frame.package, address: frame.instruction_addr,
    [used ? "read from" : "found by"]: [used, by ? `${used ? "found by " : ""}${word(FOUND_BY, by)}` : ""].filter(Boolean).join(", ") };
  const known = Object.entries(facts).filter(([, value]) => value);
  if (known.length) inside.append(make("dl", {}, ...known.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value))))));
  if (hosted(frame)) inside.append(make("p", {}, make("a", { href: hosted(frame), rel: "noreferrer" }, "Open this line in its repository")));
  if (!inside.childElementCount) inside.append(make("p", { class: "soft nothing" }, "Nothing more is known of this frame."));
  return inside;
}
function drawExcerpt(frame) {
  const caret = caretAt(frame), every = excerpt(frame), kept = (line) => line.own || line.text.trim();
  const lines = every.slice(every.findIndex(kept), every.findLastIndex(kept) + 1); // no blank lines at the ends
  const box = make("div", { class: "excerpt", tabindex: "0", role: "group", "aria-label": `Source of ${call(frame)}, line ${frame.lineno}` });
  const colours = coloured(lines.map((line) => line.text), frame.filename || frame.abs_path || "");
  for (const [at, line] of lines.entries()) {
    const parts = colours[at].map(([kind, text]) => (kind ? make("span", { class: kind }, text) : text));
    box.append(make("div", { class: line.own ? "own" : "" }, make("i", {}, String(line.number)), ...(line.text ? parts : [" "])));
    if (!line.own || caret === null || caret > line.text.length) continue;
    // What stands before the column is repeated with its tabs, and in wide characters two spaces each, so that the caret stands below it.
    const lead = [...line.text.slice(0, caret)].map((char) => (char === "\t" ? "\t" : isWide(char) ? "  " : " ")).join("");
    box.append(make("div", { class: "own", "aria-hidden": "true" }, make("i", {}), lead, make("span", { class: "caret" }, "^")));
  }
  return box;
}
const isWide = (char) => char > "\u1000" && /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]|\p{Emoji_Presentation}/u.test(char);
