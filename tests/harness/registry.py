"""Real docker-registries behind TLS: a public one that only the proxy reaches, and an internal one."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Iterator, List

import trustme

from tests.harness.network import OUTSIDE, PUBLIC, Network

PUBLIC_NAME, INTERNAL_NAME = "hub.example.com", "registry.corp"
IMAGE = f"{PUBLIC_NAME}/demo/tiny:1"
INTERNAL_IMAGE = f"{INTERNAL_NAME}/demo/tiny:1"

CONFIG = """
version: 0.1
storage:
  filesystem: {{rootdirectory: {folder}/data}}
http:
  addr: {address}:443
  tls: {{certificate: {folder}/tls.pem, key: {folder}/tls.key}}
"""


def store_image(data: Path, repository: str, tag: str) -> None:
    """Put an image of one file into a registry's storage; the registry itself serves it from there."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        info = tarfile.TarInfo("hello")
        info.size = 6
        archive.addfile(info, io.BytesIO(b"hello\n"))
    layer = gzip.compress(tar.getvalue(), mtime=0)
    diff_id = f"sha256:{hashlib.sha256(tar.getvalue()).hexdigest()}"
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/hello"]},
            "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": _entry("application/vnd.docker.container.image.v1+json", config),
            "layers": [_entry("application/vnd.docker.image.rootfs.diff.tar.gzip", layer)],
        }
    ).encode()
    base = data / "docker" / "registry" / "v2"
    repo = base / "repositories" / repository
    for blob in (layer, config, manifest):
        digest = hashlib.sha256(blob).hexdigest()
        place = base / "blobs" / "sha256" / digest[:2] / digest
        place.mkdir(parents=True, exist_ok=True)
        (place / "data").write_bytes(blob)
        kind = "_manifests/revisions" if blob is manifest else "_layers"
        _link(repo / kind / "sha256" / digest, digest)
    digest = hashlib.sha256(manifest).hexdigest()
    _link(repo / "_manifests" / "tags" / tag / "current", digest)
    _link(repo / "_manifests" / "tags" / tag / "index" / "sha256" / digest, digest)


def _entry(media_type: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "size": len(blob), "digest": f"sha256:{hashlib.sha256(blob).hexdigest()}"}


def _link(folder: Path, digest: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "link").write_text(f"sha256:{digest}")


@contextlib.contextmanager
def registries(network: Network, folder: Path) -> Iterator[bytes]:
    """Both registries; gives the PEM of the CA that signed their certificates."""
    authority = trustme.CA()
    processes: List[subprocess.Popen[bytes]] = []
    try:
        for name, address in ((PUBLIC_NAME, PUBLIC), (INTERNAL_NAME, OUTSIDE)):
            home = folder / name
            home.mkdir(parents=True)
            certificate = authority.issue_cert(name)
            (home / "tls.pem").write_bytes(b"".join(c.bytes() for c in certificate.cert_chain_pems))
            (home / "tls.key").write_bytes(certificate.private_key_pem.bytes())
            (home / "config.yml").write_text(CONFIG.format(folder=home, address=address))
            store_image(home / "data", "demo/tiny", "1")
            command = network.outside("docker-registry", "serve", str(home / "config.yml"))
            processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            _wait(network, address)
        yield authority.cert_pem.bytes()
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def _wait(network: Network, address: str) -> None:
    probe = f"import socket; socket.create_connection(('{address}', 443), 1)"
    for _ in range(100):
        if subprocess.run(network.outside(sys.executable, "-c", probe), capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError(f"docker-registry does not listen on {address}")
