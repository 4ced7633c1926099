"""From an intent to a plan that is proved on an OverlayHost, or a refusal. Planners read and never write."""

from dockproxy.planner.client import plan_client
from dockproxy.planner.daemon_set import plan_set
from dockproxy.planner.daemon_unset import plan_unset

__all__ = ["plan_client", "plan_set", "plan_unset"]
