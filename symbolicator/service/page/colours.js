// The colours of source lines: comments, strings, keywords, numbers. A line at a time, by the ending of the file's name; what a line is
// within (a long comment, a template) carries over to the next lines of the excerpt. Every pattern is linear.

const C_LIKE = "break case catch class const continue default do else enum extends false finally for if import in instanceof interface new null return static super switch this throw true try void while";
const KEYWORDS = {
  js: `${C_LIKE} abstract as async await constructor debugger declare delete export from function get implements is keyof let namespace of private protected public readonly satisfies set type typeof undefined var yield`,
  c: "alignas alignof auto bool break case catch char class const constexpr const_cast continue decltype default delete do double dynamic_cast else enum explicit extern false float for friend goto if inline int long mutable namespace new noexcept nullptr operator override private protected public register reinterpret_cast restrict return short signed sizeof static static_cast struct switch template this throw true try typedef typename union unsigned using virtual void volatile while nil self id nonatomic strong weak",
  java: `${C_LIKE} abstract assert boolean byte char double final float goto implements int long native package private protected public record sealed short synchronized throws transient var volatile yield fun val when is object companion data override open internal lateinit suspend by def trait match given`,
  cs: `${C_LIKE} abstract as async await base bool byte char checked decimal delegate double event explicit extern fixed float foreach get goto implicit init int internal is let lock long namespace object operator out override params partial private protected public readonly record ref sbyte sealed set short sizeof string struct typeof uint ulong unchecked unsafe ushort using value var virtual when where yield`,
  go: "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var nil true false",
  rust: "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while",
  swift: `${C_LIKE} as actor associatedtype async await defer deinit didSet fallthrough fileprivate func get guard inout init internal is lazy let mutating nil open operator override private protocol public repeat rethrows self set some struct subscript throws typealias unowned var weak where willSet`,
  dart: `${C_LIKE} abstract as assert async await covariant deferred dynamic export extension external factory final get implements is late library mixin on operator part required rethrow set show sync typedef var with yield`,
  py: "and as assert async await break class continue def del elif else except False finally for from global if import in is lambda match case None nonlocal not or pass raise return True try while with yield self",
  rb: "alias and begin break case class def defined? do else elsif end ensure false for if in module next nil not or redo rescue retry return self super then true undef unless until when while yield",
};
const ENDINGS = {
  js: "js jsx mjs cjs ts tsx mts cts vue svelte", c: "c h cc cpp cxx hh hpp hxx inc ipp m mm cu ino zig", java: "java kt kts scala groovy", cs: "cs fs vb",
  go: "go", rust: "rs", swift: "swift", dart: "dart", py: "py pyi pyx", rb: "rb",
};
const LANGUAGE_OF = new Map(Object.entries(ENDINGS).flatMap(([language, endings]) => endings.split(" ").map((ending) => [ending, language])));
const WORDS_OF = new Map(Object.entries(KEYWORDS).map(([language, words]) => [language, new Set(words.split(" "))]));
const HASHES = new Set(["py", "rb"]); // their comments begin with `#`
const TEMPLATES = new Set(["js", "go"]); // a backquoted string may go over lines
const NUMBER = "\\b\\d[\\w.]*";
const NAME = "[\\p{L}_$@][\\p{L}\\p{N}_$]*";
const STRING = '"(?:[^"\\\\]|\\\\.)*(?:"|\\\\?$)';
const SHORT = "'(?:[^'\\\\]|\\\\.)*(?:'|\\\\?$)"; // where quotes hold strings
const CHARACTER = "'(?:\\\\[^']*|[^'\\\\])'"; // where they hold one character, and a lone one means something else ('a in Rust)

function patternOf(language) {
  const comment = HASHES.has(language) ? "#.*" : "//.*|/\\*";
  const quoted = ["js", "py", "rb", "dart"].includes(language) ? SHORT : CHARACTER;
  const long = language === "py" ? '"""|\'\'\'' : TEMPLATES.has(language) ? "`" : "(?!)";
  return new RegExp(`(?<comment>${comment})|(?<long>${long})|(?<string>${STRING}|${quoted})|(?<number>${NUMBER})|(?<name>${NAME})`, "uy");
}

// The lines as lists of [class, text]; the texts of a line joined are the line. Of an unknown language all is plain.
function coloured(lines, path) {
  const language = LANGUAGE_OF.get(String(path).split(/[?#]/)[0].split(".").pop().toLowerCase());
  if (!language) return lines.map((line) => [["", line]]);
  const pattern = patternOf(language), keywords = WORDS_OF.get(language);
  let within = null; // what ends the comment or the string that goes over lines, and its class
  return lines.map((line) => {
    const parts = [];
    let at = 0, plainFrom = 0;
    const put = (kind, end) => {
      if (plainFrom < at) parts.push(["", line.slice(plainFrom, at)]);
      if (end > at) parts.push([kind, line.slice(at, end)]);
      at = plainFrom = end;
    };
    while (at < line.length) {
      if (within) {
        const close = line.indexOf(within.end, at);
        const end = close < 0 ? line.length : close + within.end.length;
        const kind = within.kind;
        if (close >= 0) within = null;
        put(kind, end);
        continue;
      }
      pattern.lastIndex = at;
      const found = pattern.exec(line);
      if (!found) { at += line.codePointAt(at) > 0xffff ? 2 : 1; continue; }
      const { comment, long, string, number, name } = found.groups, end = at + found[0].length;
      if (comment === "/*" || long) {
        const kind = long ? "s" : "c", mark = long || "*/", close = line.indexOf(mark, end);
        if (close < 0) within = { end: mark, kind };
        put(kind, close < 0 ? line.length : close + mark.length);
      } else if (comment || string || number) put(comment ? "c" : string ? "s" : "n", end);
      else if (keywords.has(name)) put("k", end);
      else at = end;
    }
    put("", line.length);
    return parts;
  });
}
