"""Proxy URLs and the passwords in them: parsed like Go, masked wherever they are shown, revealed only by writers."""

from dockproxy.secret.masking import visible
from dockproxy.secret.proxy_url import GoProxy, Match, ProxyURL, mask, masked_equal

__all__ = ["GoProxy", "Match", "ProxyURL", "mask", "masked_equal", "visible"]
