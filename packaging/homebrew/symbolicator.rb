# A formula for a tap. It has not been run: the project has no published source archive yet. Give `url` and `sha256` those of the release
# (`make wheel` leaves the archive in dist/), and then: brew install --build-from-source ./symbolicator.rb && brew test symbolicator
#
# Dependencies are installed by pip, as wheels: a formula in homebrew-core would list each as a resource.
class Symbolicator < Formula
  include Language::Python::Virtualenv

  desc "Turns stack frames from production back into source code, offline"
  homepage "https://example.org/symbolicator"
  url "https://example.org/symbolicator-0.1.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "MIT"

  depends_on "python@3.13"

  def install
    virtualenv_create(libexec, "python3.13", without_pip: false)
    system libexec/"bin/python", "-m", "pip", "install", buildpath
    bin.install_symlink libexec/"bin/symbolicator"
    generate_completions_from_executable(bin/"symbolicator", "completion", shells: [:bash, :zsh, :fish])
  end

  test do
    (testpath/"app.js.map").write <<~JSON
      {"version": 3, "file": "app.js", "sources": ["src/cart.ts"], "names": [], "mappings": "AAAA", "sourcesContent": ["total()\\n"]}
    JSON
    (testpath/"app.js").write "t()\n//# sourceMappingURL=app.js.map\n"
    (testpath/"crash.txt").write "Error: x\n    at t (https://cdn.example/app.js:1:1)\n"
    assert_match "src/cart.ts:1:1", shell_output("#{bin}/symbolicator trace crash.txt -f . --no-cache")
  end
end
