"""Which requests bypass the proxy, as each client decides it."""

from __future__ import annotations

from typing import Dict, NamedTuple


class Dialect(NamedTuple):
    """A client whose decision is known, and the version that was asked."""

    client: str
    version: str


GO: Dict[str, Dialect] = {
    "go": Dialect("Go net/http", "1.27.3"),
    "go-1.25": Dialect("Go net/http, as an engine built with 1.24.8 or newer decides", "1.27.3"),
    "go-1.24": Dialect("Go net/http", "1.24.4"),
    "go-1.19": Dialect("Go net/http", "1.19.8"),
    "go-1.15": Dialect("Go net/http", "1.15.15"),
}
"""Those of the engine and the docker CLI; each is also one of ``secret.go_url.DIALECTS``."""

DIALECTS: Dict[str, Dialect] = {
    **GO,
    "curl": Dialect("curl", "8.23.0"),
    "curl-8.14": Dialect("curl", "8.14.1"),
    "curl-7.88": Dialect("curl", "7.88.1"),
    "curl-7.86": Dialect("curl", "7.86.0 (built from git tag)"),
    "curl-7.85": Dialect("curl", "7.85.0 (built from git tag)"),
    "git": Dialect("git", "2.55.0"),
    "python-urllib": Dialect("python urllib", "3.13.0"),
    "requests": Dialect("requests", "2.34.2"),
    "pip": Dialect("pip", "23.2.1"),
    "httpx": Dialect("httpx", "0.28.1"),
    "aiohttp": Dialect("aiohttp trust_env=True", "3.14.5"),
    "wget": Dialect("wget", "1.25.0"),
    "wget2": Dialect("wget2", "2.2.0"),
    "wget2-1.99": Dialect("wget2 without libproxy", "1.99.1"),
    "busybox-wget": Dialect("busybox wget", "1.38.0"),
    "apt": Dialect("apt", "3.3.5"),
    "apk": Dialect("apk-tools libfetch (C function harness, fetch_no_proxy_match)", "git 90b974f"),
    "ruby": Dialect("ruby Net::HTTP", "3.3.8"),
    "perl": Dialect("perl LWP env_proxy", "trixie"),
    "perl-6.68": Dialect("perl LWP env_proxy", "6.68"),
    "undici": Dialect("undici EnvHttpProxyAgent", "8.12.4 on node 24.21.0"),
    "node-fetch": Dialect("node NODE_USE_ENV_PROXY=1 fetch()", "24.21.0"),
    "node-http": Dialect("node NODE_USE_ENV_PROXY=1 http.get()", "24.21.0"),
    "axios": Dialect("axios", "1.21.1"),
    "proxy-from-env": Dialect("proxy-from-env (via proxy-agent 8.0.2)", "2.1.0"),
    "npm": Dialect("npm", "11.19.1"),
    "dotnet": Dialect(".NET HttpClient", "3.1.23"),
    "java": Dialect("java http.nonProxyHosts, ',' converted to '|' (HttpURLConnection)", "17.0.15"),
    "uv": Dialect("uv (Rust reqwest/hyper-util)", "0.13.9"),
}
"""Id to the client that it stands for."""
