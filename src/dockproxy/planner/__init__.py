"""From an intent to a plan that is proved on an OverlayHost, or a refusal. Planners read and never write."""

from dockproxy.planner.client import plan_client
from dockproxy.planner.daemon_set import plan_set
from dockproxy.planner.daemon_unset import plan_unset
from dockproxy.planner.shell_lines import plan_shell

__all__ = ["plan_client", "plan_set", "plan_shell", "plan_unset"]
