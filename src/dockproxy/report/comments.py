"""Which comments a diff shows: those of packages and tools, and what is written in the same words.

No shape tells a word from a password, so that a comment with any word that is not known here stays hidden. The words
are those of the files that Docker, Debian, Red Hat, Alpine, ``systemctl edit`` and tools of configuration management
write, and none that speaks of logins.
"""

from __future__ import annotations

import re

KNOWN = """
    a above accepted accounting adapt add added additional adjust again against all allow allowed also alternative
    always an and ansible any anyone anything apart application applications applied apply are arguments as at auto
    automatically available bare base bash be because become been before begin behind below between bigdrive bin
    binary bind blob boot both bridge bug bugs build builds but by called can cause causes cgroup cgroupfs cgroups
    change changed changes check checks chef client clouds cluster clusters com comes command commandline comment
    comments conf config configuration configure configured configuring connect connection connections container
    containerd containers contains contents control controls copied copy corporate create created creating cron
    current currently custom customize d daemon daily data debian debug default defaults delegate delegation delete
    deleted described description detail details dev developer developers development develops different direct
    directly directory disable disabled discard discarded discouraged dns do docker dockerd docs documentation does
    drive driver drop due each easily edit editing edits either else empty enable enabled end engine enough ensure
    entries env environment especially etc ever every example execute exist exists exits export extra fail failure
    false feature few file files first flag flags following for format forward forwarding found from full functions
    generated get gets github given go goes group groups hand handle handy has have having head help here home host
    hosts how html http https if image images implemented important in info ini init initd ins insecure inside
    install installation installed instead interface internal internet into io ip iptables is issue issues it its
    itself job json just kept kernel kill killed kind know laptop latest level lib lightweight limit limitcore
    limitnofile limitnproc limits line lines linux list listen listening listenstream lite load local locally
    location log logfile logging logrotate logs lsb make makes man managed manager manual manually master max may
    means metal migrate mirror mirrors mode modifications modified modify more most mount mounted moved must name
    named names need needed needs network networks new newer no non noproxy not note notify now number of old older
    on once only open openrc openstack operation operations opt option optional options opts or order org other
    otherwise out output outside overhead overridden override own package packaged part path per performance
    permanently pid pidfile piped place platform please plugin point portable prematurely prepended present problems
    process processes production project properties property provide provided provides proxies proxy public pull
    puppet purpose put rc reach reached read readme reads recommend recommended refer reference registries registry
    release reload remove renamed replace request requests required requires reset restart restarted restarts
    rootless run running runs s salt same sbin scale script scripts search searched see self separate service
    services set sets setting settings setup sh short should since site size so sock socket some something source
    sourced sources specific specified specify start started starting startlimit startlimitburst startlimitinterval
    startlimitintervalsec startup statement status stderr stdout still stop storage such sufficient suit support
    supported supports sure switch symlink sys sysconfig syslog system systemctl systemd systems sysv sysvinit take
    takes tasks tasksmax team temp template temporarily temporary testing tests than that the their them then there
    these they this those through time timeout timeouts tmp tmpdir to traffic true try tweak two type ulimit ulimits
    uncomment under unit unitfile units unix unless unlimited unset until up update upgrade upgrades upon upstart
    usage use used uses using usr value values var variable variables version versions via vms want wants warning
    was way we web well were what when where whether which while will with without work works would write written
    yes you your zero
"""
WORDS = frozenset(KNOWN.split())

WORD = re.compile("[A-Za-z]+")
NUMBER = re.compile("[0-9]+")
TOKEN = re.compile(r"""["'(]*/?[A-Za-z]+(?:(?:[/._'-]|://)[A-Za-z]+)*/?["')]*[.,:;!?]*|[0-9]{1,3}[.,:;]?|[-*#]+""")
"""A word, a path or a page's address; a small number; a rule."""


def is_plain(text: str) -> bool:
    """Whether a comment is shown. One word or several numbers alone may be a secret all the same."""
    words = [word.lower() for word in WORD.findall(text)]
    is_prose = len(words) > 1 and len(NUMBER.findall(text)) < 2 and all(map(TOKEN.fullmatch, text.split()))
    return is_prose and WORDS.issuperset(words)
