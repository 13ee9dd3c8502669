// The answer as Markdown, for an issue or a chat.

function markdown({ events, crashes }) {
  const escape = (text) => tame(text).replace(/[\\`*_[\]<>#|~]/g, "\\$&");
  const ticks = (text) => Math.max(0, ...(text.match(/`+/g) || []).map((run) => run.length));
  const linked = (frame) => (hosted(frame) ? `[${code(place(frame))}](<${hosted(frame)}>)` : code(place(frame)));
  const code = (given) => { const text = tame(given).replace(/\s+/g, " "), fence = "`".repeat(1 + ticks(text)); return fence.length > 1 ? `${fence} ${text} ${fence}` : `\`${text}\``; };
  const lines = [];
  for (const stack of crashes.flat()) {
    const [title, ...rest] = headingOf(stack).split("\n");
    lines.push(`**${escape((stack.relation ? `${stack.relation}: ` : "") + title)}**`, ...rest.map(escape), "");
    if (stack.note) lines.push(escape(stack.note));
    let first = true;
    for (const frame of view.raw && stack.raw.length ? stack.raw : stack.frames) {
      if (view.ownOnly && !own(frame) && stack.frames.some(own)) continue;
      const why = problems(frame)[0];
      lines.push(`- ${code(call(frame))}${place(frame) ? ` in ${linked(frame)}` : ""}${why ? ` — ${escape(said(why))}` : ""}`);
      const shown = excerpt(frame);
      if (first && own(frame) && shown.length) {
        first = false;
        const fence = "`".repeat(Math.max(3, 1 + ticks(shown.map((line) => line.text).join("\n"))));
        lines.push(`  ${fence}`, ...shown.map((line) => `  ${line.own ? ">" : " "}${String(line.number).padStart(4)} | ${tame(line.text)}`), `  ${fence}`);
      }
      if (folded(frame)) lines.push(`  ${escape(folded(frame))}`);
    }
    lines.push("");
  }
  for (const event of events) {
    if (groupOf(event)) lines.push(`- group: ${code(groupOf(event))}`);
    for (const one of suspectsOf(event)) lines.push(`- suspect: ${code(one.commit)} ${code(one.why)}${/^https:\/\/[^\s<>"`]+$/.test(one.address) ? ` <${one.address}>` : ""}`);
  }
  return lines.join("\n");
}
async function copy() {
  if (!state.events.length) return;
  const text = markdown(state);
  let copied = false;
  try {
    await navigator.clipboard.writeText(text);
    copied = true;
  } catch {
    // No clipboard without HTTPS or permission: the older way works from a click.
    const area = make("textarea", { class: "visually-hidden" });
    area.value = text;
    document.body.append(area);
    area.select();
    copied = document.execCommand("copy");
    area.remove();
  }
  $("status").textContent = $("copy").textContent = copied ? "Copied" : "Could not copy";
  setTimeout(() => { $("copy").textContent = "Copy as Markdown"; }, 1500);
}
