// The child of source_maps.py for @jridgewell/trace-mapping: decode + all look-ups.
// Usage: node trace_mapping.mjs MAP POSITIONS      (positions: [[line, column], …], both from 0)
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const [path, positionsPath] = process.argv.slice(2);
const { TraceMap, originalPositionFor } = createRequire(join(dirname(path), "package.json"))("@jridgewell/trace-mapping");

// Peak resident memory in bytes: VmHWM, because maxRSS may carry the parent's over.
function peak() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

function opened(data) {
  const map = new TraceMap(data.toString());
  return ([line, column]) => {
    const found = originalPositionFor(map, { line: line + 1, column });
    return found.source === null ? null : [found.source, found.line - 1, found.column];
  };
}

opened(Buffer.from('{"version":3,"sources":["a.js"],"names":["a"],"mappings":"AAAAA"}'))([0, 0]);
const positions = JSON.parse(readFileSync(positionsPath, "utf8"));
const data = readFileSync(path);
const base = peak();
const start = process.cpuUsage();
const lookup = opened(data);
const answers = positions.map(lookup);
const used = process.cpuUsage(start);
const memory = peak() - base;
console.log(JSON.stringify({ cpu: (used.user + used.system) / 1e6, peak: memory, answers }));
