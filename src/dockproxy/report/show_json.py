"""The document ``dockproxy.show/1``."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from dockproxy.model import Effective, EffectiveSet, Engine, Finding, Origin, Setting, Unread
from dockproxy.secret import mask
from dockproxy.survey import Consumer, Report


def document(report: Report) -> Dict[str, Any]:
    """The report with credentials masked, ready for ``json.dumps``."""
    return {
        "schema": "dockproxy.show/1",
        "host": {"root": report.root, "init": report.init, "engines": [_engine(e) for e in report.engines]},
        "consumers": [_consumer(c) for c in report.consumers],
    }


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


def _consumer(consumer: Consumer) -> Dict[str, Any]:
    running = consumer.running
    return {
        "consumer": consumer.consumer,
        "engine": consumer.engine,
        "user": consumer.user,
        "daemon_host": consumer.daemon_host,
        "status": consumer.status,
        "drift": consumer.drift,
        "effective": effective_set(consumer.effective, consumer.managed, consumer.likely),
        "running": {v: mask(text) or None for v, text in running.values.items()} if running else None,
        "problems": [finding(p) for p in consumer.problems],
        "unread": [_unread(u) for u in consumer.unread],
    }


def effective_set(
    effective: EffectiveSet, managed: Mapping[str, str] = {}, likely: Mapping[str, Origin] = {}
) -> Dict[str, Any]:
    """Per variable what is in force, where from, and what lost."""
    return {
        variable: {**_effective(e, managed), "likely_origin": origin(likely.get(variable))}
        for variable, e in effective.items()
    }


def _effective(effective: Effective, managed: Mapping[str, str]) -> Dict[str, Any]:
    setting = effective.setting
    return {
        "value": str(setting.value) if setting else None,
        "managed_by": managed.get(setting.origin.path or "") if setting else None,
        "origin": origin(setting.origin) if setting else None,
        "shadowed": [{**_setting(s.setting), "reason": s.reason} for s in effective.shadowed],
    }


def _setting(setting: Setting) -> Dict[str, Any]:
    return {"value": str(setting.value), "origin": origin(setting.origin)}


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
        "message": mask(found.message),
        "origin": origin(found.origin),
        "fix": found.fix,
    }


def _unread(unread: Unread) -> Dict[str, Any]:
    return {"source": unread.source, "path": unread.path, "line": unread.line, "reason": unread.reason.value}
