"""The document ``dockproxy.show/1``."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Sequence

from dockproxy import rules
from dockproxy.model import (
    NOT_A_FILE,
    Effective,
    EffectiveSet,
    Engine,
    Finding,
    Missing,
    Origin,
    Setting,
    Unread,
    value_of,
)
from dockproxy.report import display
from dockproxy.resolve.layers import Layer, first_that_differs
from dockproxy.sources import unread_place
from dockproxy.sources.system_environment import Login
from dockproxy.survey import Consumer, Report


def document(report: Report, variable: Optional[str] = None) -> Dict[str, Any]:
    """The report with credentials masked, ready for ``json.dumps``; of every consumer all variables, or only one."""
    return display.document(
        {
            "schema": "dockproxy.show/1",
            "host": {
                "root": report.root,
                "init": report.init,
                "engines": [_engine(e) for e in report.engines],
                "unread": [_unread(u) for u in report.unread],
            },
            "consumers": [_consumer(c, variable) for c in report.consumers],
        }
    )


def _engine(engine: Engine) -> Dict[str, Any]:
    return {
        "id": engine.id,
        "version": engine.version.text if engine.version else None,
        "installed": engine.installed,
        "running": engine.running,
        "socket": engine.socket,
        "pid": engine.pid,
        "image_store": engine.image_store,
    }


def _consumer(consumer: Consumer, variable: Optional[str]) -> Dict[str, Any]:
    effective = {v: e for v, e in consumer.effective.items() if variable in (None, v)}
    layers = {v: each for v, each in consumer.layers.items() if v in effective}
    running = consumer.running.values.items() if consumer.running else None
    return {
        "consumer": consumer.consumer,
        "engine": consumer.engine,
        "user": consumer.user,
        "daemon_host": consumer.daemon_host,
        "status": consumer.status,
        "drift": consumer.drift,
        "differs": first_that_differs(consumer.layers, variable),
        "effective": effective_set(effective, consumer.managed, consumer.likely, consumer.logins),
        "running": None
        if running is None
        else {v: display.value(value_of(v, text)) or None for v, text in running if variable in (None, v)},
        "layers": {v: [_layer(v, layer) for layer in each] for v, each in layers.items()},
        "problems": [finding(p) for p in consumer.problems],
        "unread": [_unread(u) for u in consumer.unread],
    }


def _layer(variable: str, layer: Layer) -> Dict[str, Any]:
    """``known``: whether this layer could be looked at; a value of null is unset otherwise."""
    value = display.value(value_of(variable, layer.text)) if layer.text else None
    return {"layer": layer.name, "value": value, "known": layer.text is not None, "differs": layer.differs}


def effective_set(
    effective: EffectiveSet,
    managed: Mapping[str, str] = {},
    likely: Mapping[str, Origin] = {},
    logins: Sequence[Login] = (),
) -> Dict[str, Any]:
    """Per variable what is in force, where from, what lost, and what is for logins only."""
    return {
        variable: {
            **_effective(e, managed),
            "likely_origin": origin(likely.get(variable)),
            "logins": [_login(login) for login in logins if login.variable == variable],
        }
        for variable, e in effective.items()
    }


def _login(login: Login) -> Dict[str, Any]:
    """A value of null is one that only a shell could tell."""
    return {"value": None if login.value is None else display.value(login.value), "origin": origin(login.origin)}


def _effective(effective: Effective, managed: Mapping[str, str]) -> Dict[str, Any]:
    setting = effective.setting
    return {
        "value": display.value(setting.value) if setting else None,
        "managed_by": managed.get(setting.origin.path or "") if setting else None,
        "origin": origin(setting.origin) if setting else None,
        "evidence": effective.evidence or None,
        "shadowed": [{**_setting(s.setting), "reason": s.reason, "evidence": s.evidence} for s in effective.shadowed],
    }


def _setting(setting: Setting) -> Dict[str, Any]:
    return {"value": display.value(setting.value), "origin": origin(setting.origin)}


def origin(where: Optional[Origin]) -> Optional[Dict[str, Any]]:
    """An origin as source, path and line, with the spelling of the name and the process where there is one."""
    if where is None:
        return None
    return {"source": where.source, "path": where.path, "line": where.line, "name": where.name, "pid": where.pid}


def finding(found: Finding) -> Dict[str, Any]:
    """A finding as ``show`` and ``check`` print it."""
    return {
        "code": found.code,
        "name": found.name,
        "severity": found.severity.value,
        "message": found.message,
        "origin": origin(found.origin),
        "fix": found.fix,
        "mend": rules.mend(found) or None,
    }


KINDS = {
    **dict.fromkeys((*NOT_A_FILE, Missing.TOO_LARGE, Missing.AT_RUN_TIME, Missing.MAY_FAIL), Missing.UNPARSABLE),
    **dict.fromkeys((Missing.NO_CONNECTION, Missing.ABSENT), Missing.NOT_CHECKED),
}
"""More than one reason is told as the same one; ``detail`` says which."""


def _unread(unread: Unread) -> Dict[str, Any]:
    kind = unread.reason
    reason = KINDS.get(kind, kind)
    place = {"source": unread.source, "path": unread.path, "line": unread.line}
    return {**place, "reason": reason.value, "detail": kind.value, "message": unread_place.why(unread)}
