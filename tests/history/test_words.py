"""What is read as text: releases, remotes, owners, paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolicator.history import owners
from symbolicator.history.blame import ignored_commits
from symbolicator.history.clone import open_clone
from symbolicator.history.git import GitError
from symbolicator.history.links import commit_address, is_known, line_address, request_address, request_number, web_address
from symbolicator.history.owners import Owners
from symbolicator.history.revisions import find_revision
from symbolicator.history.trees import Tree
from tests.makers.repositories import Repository


@pytest.fixture(scope="module")
def releases(tmp_path_factory):
    repository = Repository(tmp_path_factory.mktemp("releases") / "tides")
    commits = {}
    for tag in ("v0.9.0", "web@1.0.0", "v1.0.0", "web@1.1.0", "api-v1.1.0", "release/2.0", "v1.1.0", "2023-11-30"):
        commits[tag] = repository.commit({"a.c": f"{tag}\n"}, tag)
        repository.tag(tag)
    commits["head"] = repository.commit({"a.c": "head\n"}, "Head")
    return open_clone(repository.folder), commits


@pytest.mark.parametrize(
    ("release", "tag"),
    [
        ("v1.0.0", "v1.0.0"),
        ("1.0.0", "v1.0.0"),
        ("tides@1.0.0", "v1.0.0"),
        ("web@1.0.0", "web@1.0.0"),
        ("@shop/web@1.1.0", "web@1.1.0"),
        ("web@1.1.0+20231130", "web@1.1.0"),
        ("api@1.1.0", "api-v1.1.0"),
        ("com.example.tides@1.1.0", "v1.1.0"),
        ("tides@1.1.0 (77)", "v1.1.0"),
        ("tides@2.0", "release/2.0"),
        ("2023-11-30", "2023-11-30"),
        ("tides-1.0.0", "v1.0.0"),  # as Maven names releases
        ("api-1.1.0", "api-v1.1.0"),
        ("web/1.1.0", "web@1.1.0"),
        ("web_v1.1.0", "web@1.1.0"),
    ],
)
def test_a_release_is_the_tag_of_its_name(releases, release, tag):
    clone, commits = releases
    found = find_revision(clone, release)
    assert (found.commit, found.how, found.tag) == (commits[tag], "tag", tag)


def test_a_release_may_contain_its_commit(releases):
    clone, commits = releases
    commit = commits["v1.0.0"]
    for release in (commit, commit[:10], f"web@9.9.9+{commit[:9]}", f"tides@{commit}", f"v0.9.0-3-g{commit[:7]}", f"tides-{commit[:12]}"):
        found = find_revision(clone, release)
        assert (found.commit, found.how) == (commit, "release"), release


@pytest.mark.parametrize("release", [None, "", "9.9.9", "web@9.9.9+0123abc", "12345678", "nightly", "-", "--all", "v1.0.0^", "@", "+"])
def test_a_release_that_nothing_names_is_not_guessed(releases, release):
    clone, commits = releases
    assert find_revision(clone, release)[:3] == (commits["head"], "head", None)


def test_the_release_before_is_the_nearest_tag_of_the_same_form(releases):
    clone, commits = releases
    assert find_revision(clone, "web@1.1.0").previous == "web@1.0.0"
    found = find_revision(clone, "v1.1.0")
    assert found.previous == "v1.0.0"
    new = clone.git.run("rev-list", f"{found.before}..{found.commit}").decode().split()
    assert set(new) == {commits[tag] for tag in ("web@1.1.0", "api-v1.1.0", "release/2.0", "v1.1.0")}
    assert find_revision(clone, "v0.9.0").before is None


def test_a_clone_without_a_commit_says_so(tmp_path):
    with pytest.raises(GitError, match="no commit yet"):
        find_revision(open_clone(Repository(tmp_path / "new").folder), "1.0")


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("git@github.com:tides/pump.git", "https://github.com/tides/pump"),
        ("https://ada:token@github.com/tides/pump.git", "https://github.com/tides/pump"),
        ("ssh://git@gitlab.example.org:2222/group/sub/pump.git", "https://gitlab.example.org/group/sub/pump"),
        ("http://gitea.local:3000/tides/pump", "http://gitea.local:3000/tides/pump"),
        ("git@ssh.dev.azure.com:v3/org/project/pump", "https://dev.azure.com/org/project/_git/pump"),
        ("https://dev.azure.com/org/project/_git/pump", "https://dev.azure.com/org/project/_git/pump"),
        ("https://bitbucket.org/tides/pump.git", "https://bitbucket.org/tides/pump"),
        ("git@github.com-work:tides/pump.git", "https://github.com/tides/pump"),  # an alias for another key
        ("ssh://git@ssh.github.com:443/tides/pump.git", "https://github.com/tides/pump"),
        ("git@altssh.gitlab.com:tides/pump.git", "https://gitlab.com/tides/pump"),
        ("https://bitbucket.tides.example/scm/tid/pump.git", "https://bitbucket.tides.example/projects/tid/repos/pump"),
        ("ssh://git@bitbucket.tides.example:7999/~ada/pump.git", "https://bitbucket.tides.example/projects/~ada/repos/pump"),
        ("https://ada@tides.visualstudio.com/DefaultCollection/p/_git/x", "https://tides.visualstudio.com/DefaultCollection/p/_git/x"),
        ("https://github.com/tides/pump.git/", "https://github.com/tides/pump"),
        ("github:token@github.com:tides/pump", None),
        ("https://github.com/", None),
        # below a path of another server, as others' issues report it: gitkraken/vscode-gitlens#692, #901, #1196
        ("https://tides.example/bitbucket/scm/tid/pump.git", "https://tides.example/bitbucket/projects/tid/repos/pump"),
        ("https://tides.example/stash/scm/TID/pump.git", "https://tides.example/stash/projects/TID/repos/pump"),
        ("https://bitbucket.tides.example/projects/tid/repos/pump", "https://bitbucket.tides.example/projects/tid/repos/pump"),
        # a name of somebody's configuration, and a host for ssh alone: gitkraken/vscode-gitlens#2113, #3975
        ("ssh://github-work/tides/pump.git", None),
        ("git@github:tides/pump.git", None),
        ("git@ssh.gitlab.tides.example:tides/pump.git", "https://gitlab.tides.example/tides/pump"),
        ("/srv/git/pump.git", None),
        ("file:///srv/github/pump.git", None),
        ("git@example.org:pump.git", None),
        ("ext::sh -c touch% /tmp/x", None),
        ("https://github.com:port/x", None),
        ("https://[github/x", None),
        ("javascript://github.com/%0aalert(1)", None),
        ("https://github.com/a\x1b[31m", None),
        (None, None),
        ("", None),
    ],
)
def test_the_page_of_a_remote(remote, page):
    assert web_address(remote) == page


def test_each_host_has_its_own_addresses():
    assert commit_address("git@github.com:a/b", "c1") == "https://github.com/a/b/commit/c1"
    assert commit_address("git@gitlab.com:a/b", "c1") == "https://gitlab.com/a/b/-/commit/c1"
    assert commit_address("git@bitbucket.org:a/b", "c1") == "https://bitbucket.org/a/b/commits/c1"
    assert request_address("https://gitlab.com/a/b", 7) == "https://gitlab.com/a/b/-/merge_requests/7"
    assert request_address("https://codeberg.org/a/b", 7) == "https://codeberg.org/a/b/pulls/7"
    path = "src/a b/é#1.c"
    assert [line_address(remote, "c1", path, 7) for remote in (
        "git@github.com:a/b", "git@gitlab.com:a/b", "git@bitbucket.org:a/b", "git@bitbucket.corp:a/b", "https://gitea.local/a/b",
        "https://dev.azure.com/o/p/_git/r",
    )] == [
        "https://github.com/a/b/blob/c1/src/a%20b/%C3%A9%231.c#L7",
        "https://gitlab.com/a/b/-/blob/c1/src/a%20b/%C3%A9%231.c#L7",
        "https://bitbucket.org/a/b/src/c1/src/a%20b/%C3%A9%231.c#lines-7",
        "https://bitbucket.corp/projects/a/repos/b/browse/src/a%20b/%C3%A9%231.c?at=c1#7",
        "https://gitea.local/a/b/src/commit/c1/src/a%20b/%C3%A9%231.c#L7",
        "https://dev.azure.com/o/p/_git/r?path=/src/a%20b/%C3%A9%231.c&version=GCc1&line=7&lineEnd=7&lineStartColumn=1&lineEndColumn=1000",
    ]  # fmt: skip
    assert commit_address("/srv/git", "c1") is request_address(None, 7) is None


@pytest.mark.parametrize(
    ("summary", "number"),
    [
        ("Pump faster (#12)", 12),
        ("Merge pull request #345 from ben/pump", 345),
        ("Merged in ben/pump (pull request #9)", None),
        ("Merged PR 77: Pump", 77),
        ("Pump faster (!5)", 5),
        ("Fix #12", None),
        ("Pump (#12) again", None),
    ],
)
def test_pull_requests_are_read_from_summaries(summary, number):
    assert request_number(summary) == number


@given(st.text(max_size=60))
def test_any_text_as_a_remote_gives_a_page_of_the_web_or_none(remote):
    assert (web_address(remote) or "https://").startswith(("https://", "http://"))


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("https://github.com/a/b/blob/c1/x.c#L7", True),
        ("https://raw.githubusercontent.com/a/b/c1/x.c", True),
        ("https://user:github.com@evil.example/x", False),
        ("https://evil.example/github.com", False),
        ("javascript:alert(1)//github.com", False),
        ("https://github.com/\n", False),
        ("github.com/a", False),
        ("https://[github.com/", False),
    ],
)
def test_only_an_address_at_a_known_host_is_linked(address, known):
    assert is_known(address) is known


OWNERS = """
# the last one counts
*           @all
*.js        @web  @front   # a comment
/build/logs/ @ops
docs/*      @writers
apps/       @apps
/scripts/**/deep.py @deep
**/secrets  @safe
/unowned/
[id]/page.js @route
with\\ space.txt @space
[Section] @section
lib/*.c
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("a.c", ("@all",)),
        ("src/a.js", ("@web", "@front")),
        ("build/logs/x/y.txt", ("@ops",)),
        ("sub/build/logs/x", ("@all",)),
        ("docs/a.md", ("@writers",)),
        ("docs/deep/a.md", ("@all",)),
        ("sub/apps/one/a.c", ("@apps",)),
        ("scripts/deep.py", ("@deep",)),
        ("scripts/a/b/deep.py", ("@deep",)),
        ("x/secrets/key", ("@safe",)),
        ("unowned/a.js", ()),
        ("with space.txt", ("@space",)),
        ("lib/a.c", ("@all", "@section")),
        ("[id]/page.js", ("@route",)),
    ],
)
def test_the_last_pattern_that_matches_names_the_owners(path, owners):
    assert Owners(OWNERS.split("\n")).of(path) == owners


@given(st.text("a*?/[]\\# @\t", max_size=30), st.text("ab/", max_size=20))
def test_any_pattern_is_read(pattern, path):
    assert isinstance(Owners([f"{pattern} @x"]).of(path), tuple)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        # sourcegraph/sourcegraph-public-snapshot#46743
        ("/foo/bar/", "foo/bar/a/b.c", True),
        ("/foo/bar/", "foo/bar", False),
        ("/foo/bar/**", "foo/bar/a/b.c", True),
        ("/foo/bar/**", "foo/bar", False),
        # hairyhenderson/go-codeowners#36
        ("/foo/bar", "foo/bar", True),
        ("/foo/bar", "foo/bar/quux", True),
        # JSONbored/loopover#2834
        ("config/", "services/api/config/settings.yaml", True),
        ("/config/", "services/api/config/settings.yaml", False),
        ("docs/api/", "other/docs/api/a.md", False),
        # elastic/kibana#197805
        ("/x/**/suites/**/ml/", "x/a/suites/b/ml/index.ts", True),
        ("/x/**/suites/**/ml/", "x/a/suites/b/ml", False),
        ("**", "a/b", True),
        ("**/", "a/b", True),
    ],
)
def test_a_pattern_matches_what_it_does_at_the_hosts(pattern, path, matches):
    assert (Owners([f"{pattern} @x"]).of(path) == ("@x",)) is matches


SECTIONS = """
* @all
[Docs Team][2] @writers
docs/
README.md @readers
^[Backend] @backend
*.rb
!spec.rb
[docs team]
docs/api/ @api
[Platform #ops] @crew/ops
.gitlab-ci.yml
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("docs/a.md", ("@all", "@writers")),
        ("docs/README.md", ("@all", "@readers")),
        ("docs/api/x.rb", ("@all", "@backend", "@api")),  # one name, in any case of letters, is one section
        ("lib/spec.rb", ("@all",)),
        ("lib/a.rb", ("@all", "@backend")),
        (".gitlab-ci.yml", ("@all", "@crew/ops")),  # `#` in a section's name: linear-b/gitstream#858
    ],
)
def test_of_each_section_the_last_pattern_counts(path, owners):
    assert sorted(Owners(SECTIONS.split("\n")).of(path)) == sorted(owners)


@pytest.mark.parametrize(
    "lines",
    [
        ["**/a/" * 160 + "b @x"] * 100,
        ["*a*a*a*a*b @x"] * 100,
        ["**/" * 300 + "b @x"] * 100,
    ],
)
def test_patterns_that_take_long_are_given_up(lines, monkeypatch):
    monkeypatch.setattr(owners, "_MAX_STEPS", 20_000)
    steps = []
    matches = owners._matches
    monkeypatch.setattr(owners, "_matches", lambda part, segment: steps.append(len(part)) or matches(part, segment))
    rules = Owners(lines)
    assert rules.of("a/" * 300 + "a" * 200) == ()
    assert len(steps) * owners._STEP <= owners._MAX_STEPS
    steps.clear()
    assert rules.of("a/" * 300 + "a" * 200) == ()
    assert steps == []


def test_a_pattern_of_stars_costs_no_more_than_its_length_times_the_paths():
    assert Owners(["*a" * 2_000 + " @x"]).of("a" * 2_000 + "/b") == ()


def test_a_file_is_found_by_the_longest_end_of_its_path(tmp_path):
    repository = Repository(tmp_path / "r")
    repository.commit({"web/src/index.ts": "x\n", "api/src/index.ts": "x\n", "src/main.ts": "x\n"}, "Begin")
    tree = Tree(open_clone(repository.folder), repository.head)
    assert tree.find("webpack://shop/./web/src/index.ts") == (["web/src/index.ts"], 3)
    assert tree.find("C:\\work\\src\\index.ts")[1] == 2
    assert len(tree.find("C:\\work\\src\\index.ts")[0]) == 2
    assert tree.find("nothing.ts") == ([], 0)
    assert tree.find("") == ([], 0)
    assert tree.lines("nothing") is None


def test_commits_that_are_not_in_the_clone_are_not_ignored(tmp_path):
    repository = Repository(tmp_path / "r")
    commit = repository.commit({"a": "x\n"}, "Begin")
    listed = [f"# {commit}", f"  {commit}  # it", "f" * 40, "not one", ""]
    assert ignored_commits(open_clone(repository.folder).git, listed) == (commit,)
