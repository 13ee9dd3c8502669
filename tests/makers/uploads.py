"""Uploads as Sentry's tools send them: bundles, forms of chunks, and the dialogue until a file is put together."""

import gzip
import hashlib
import io
import json
import zipfile

ASSEMBLE = "/api/0/organizations/o/artifactbundle/assemble/"
DIFS = "/api/0/projects/o/web/files/difs/assemble/"
CHUNKS = "/api/0/organizations/o/chunk-upload/"


def sha1(content):
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def bundle(files, **manifest):
    """A source bundle as `sentry-cli sourcemaps upload` writes it: `files` are (url, content, debug id or None)."""
    packed, listed = io.BytesIO(b"SYSB\2\0\0\0"), {}
    packed.seek(8)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for url, content, debug_id in files:
            name = "files/_/_/" + url.removeprefix("~/")
            archive.writestr(name, content)
            headers = {"debug-id": debug_id} if debug_id else {}
            listed[name] = {"type": "source_map" if url.endswith(".map") else "minified_source", "url": url, "headers": headers}
        archive.writestr("manifest.json", json.dumps({"files": listed, **manifest}))
    return packed.getvalue()


def send(client, headers, *contents, field="file_gzip", name=sha1, path=CHUNKS):
    """The answer to a form with these chunks."""
    form = [(field, (io.BytesIO(gzip.compress(each) if field == "file_gzip" else each), name(each))) for each in contents]
    return client.post(path, data={field: [part for _, part in form]}, headers=headers)


def assemble(client, headers, content, size=1 << 20, **more):
    """The whole dialogue for a bundle; the last answer's JSON."""
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    asked = {"checksum": sha1(content), "chunks": [sha1(each) for each in pieces], "projects": ["web"], **more}
    first = client.post(ASSEMBLE, json=asked, headers=headers).get_json()
    if first["state"] == "not_found":
        assert send(client, headers, *(each for each in pieces if sha1(each) in first["missingChunks"])).status_code == 200
        return client.post(ASSEMBLE, json=asked, headers=headers).get_json()
    return first


def debug_file(client, headers, content, name, path=DIFS, **more):
    """The same for a debug file or a mapping."""
    asked = {sha1(content): {"name": name, "chunks": [sha1(content)], **more}}
    first = client.post(path, json=asked, headers=headers).get_json()[sha1(content)]
    if first["state"] == "not_found":
        assert send(client, headers, content).status_code == 200
        return client.post(path, json=asked, headers=headers).get_json()[sha1(content)]
    return first
