#!/bin/sh
# Makes the source maps that the benchmarks measure on (1, 10 and 56 MB): real packages from npm, bundled and minified by esbuild.
# @jridgewell/trace-mapping is there to be measured itself.
# Usage: benchmarks/maps_data.sh [FOLDER]     (default: benchmarks/data/maps; needs node, npm and the network)
set -eu
out=${1:-benchmarks/data/maps}
mkdir -p "$out"
cd "$out"
[ -f package.json ] || echo '{"name": "maps-data", "private": true}' > package.json
npm install --no-audit --no-fund --loglevel=error esbuild@0.24.2 typescript@5.6.3 three@0.170.0 rxjs@7.8.1 lodash-es@4.17.21 d3@7.9.0 @babel/standalone@7.26.2 monaco-editor@0.52.0 mermaid@11.4.0 echarts@5.5.1 \
  @jridgewell/trace-mapping@0.3.25
cat > small.js <<'JS'
import * as d3 from "d3"; window.all = [d3];
JS
cat > medium.js <<'JS'
import * as three from "three"; import * as rxjs from "rxjs"; import * as lodash from "lodash-es"; import * as echarts from "echarts"; window.all = [three, rxjs, lodash, echarts];
JS
cat > large.js <<'JS'
import * as ts from "typescript"; import * as babel from "@babel/standalone"; import * as monaco from "monaco-editor/esm/vs/editor/editor.main.js"; import mermaid from "mermaid";
import * as three from "three"; import * as echarts from "echarts"; import * as rxjs from "rxjs"; import * as lodash from "lodash-es"; import * as d3 from "d3";
window.all = [ts, babel, monaco, mermaid, three, echarts, rxjs, lodash, d3];
JS
for size in small medium large; do
  npx esbuild "$size.js" --bundle --minify --sourcemap --platform=node --external:fsevents --loader:.ttf=empty --loader:.css=empty --log-level=error --outfile="$size.min.js"
done
ls -l *.map
