# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Data that the planner's steps pass to each other."""

from collections import Counter, namedtuple
from datetime import timedelta

from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo.tools import SQL

from . import windows

# number of buckets into which customers are split, by the id of their commercial
# partner; different planners may plan different buckets in parallel
SHARDS = 16

LOST_RACES = (SerializationFailure, DeadlockDetected)

BATCH = 1000

# context in which planned records get no message and no follower
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
}

# columns of the summary of a run, see _get_details
DETAILS = (
    "policy_id",
    "team_id",
    "user_id",
    "dealer_id",
    "month",
    "reason",
    "callbacks",
    "contacts",
)

# columns about each occasion, see _get_rows
ROWS = (
    "policy_id",
    "source_id",
    "source_name",
    "partner_id",
    "team_id",
    "user_id",
    "window_start",
    "window_end",
)

# fields that a touch copies from its candidate
TOUCH_FIELDS = (
    "company_id",
    "policy_id",
    "rulebook_id",
    "source_model",
    "source_id",
    "source_name",
    "occasion",
    "event_at",
    "window_start",
    "window_end",
    "partner_id",
    "dealer_id",
    "level",
    "channel",
)

SKIP_FIELDS = (
    "company_id",
    "policy_id",
    "source_model",
    "source_id",
    "source_name",
    "occasion",
    "partner_id",
    "event_at",
)


# The names of the two methods of an extension point: of the planner that works record
# by record, and of the set-based one. The docstrings of the planner's methods that
# return pairs say what both methods get and return.
Pair = namedtuple("Pair", "plain sql")

# The names of the methods of a recurrence: see ``RevisitPlanner._get_recurrences``
Recurrence = namedtuple("Recurrence", "events matching join follow explain")


class PlanningRun:
    """One run of the planner: its options and its results.

    It is passed on in the context of the planner that works on it, as an object that
    no client can send, see :meth:`RevisitPlanner._get_run`.

    :param records: documents to plan instead of a range of events, or None
    :param dry_run: decide and count only, write nothing
    :param buckets: plan only the customers of these buckets, see ``SHARDS``; None: all
    :param replayed: ids of policies that decide as if they had planned nothing yet
    :param occasion: text of the occasion of documents that are planned by hand
    :param team_id: id of the unit that was chosen by hand
    :param is_lenient: whether a policy that fails is reported in ``errors``, and the
        others go on; otherwise the first failure ends the run
    :param keeps: which decisions to store on the run: ``details`` is a summary, see
        ``_get_details``; ``rows`` has each occasion, see ``_get_rows``
    """

    def __init__(
        self,
        records=None,
        dry_run=False,
        buckets=None,
        replayed=(),
        occasion=None,
        team_id=None,
        is_lenient=False,
        keeps=(),
    ):
        self.records = records
        self.dry_run = dry_run
        self.buckets = buckets
        self.replayed = list(replayed)
        self.occasion = occasion
        self.team_id = team_id
        self.is_lenient = is_lenient
        self.keeps = frozenset(keeps)
        # {policy id: {dealer id: id of the dealer's first unit}}
        self.dealer_units = {}
        # the results
        self.counts = {
            "created": 0,
            "existing": 0,
            "updated": 0,
            "cancelled": 0,
            "skipped": Counter(),
            "new_skips": 0,
        }
        self.errors = []
        self.details = []
        self.rows = []

    def get_counts(self):
        """Return the counts in the form of :meth:`RevisitPolicy.generate`."""
        counts = {**self.counts, "skipped": dict(self.counts["skipped"])}
        del counts["new_skips"]
        return counts


class Candidate:
    """One occasion without a callback, and the decisions about it."""

    def __init__(self, policy, commercial_id, vals):
        self.policy = policy
        self.commercial_id = commercial_id
        self.vals = vals
        self.reason = self.decision = False
        # the candidate or callback that leads the contact; the candidate's own callback
        self.leader = self.callback = False
        # whether the contact existed before this run
        self.joins = False
        # candidates and open callbacks that follow it
        self.members, self.followers = [], []
        # users who must not make it: it verifies their work
        self.excluded = ()
        self.is_touch = policy.contact_type == "touch"

    def get_key(self):
        names = ("policy_id", "source_model", "source_id", "occasion")
        return tuple(self.vals[name] for name in names)

    def get_last_day(self):
        """Return the local date on which the window ends, or None."""
        end = self.vals.get("window_end")
        tz = self.policy.company_id._revisit_tz()
        return end and windows.local_date(end - timedelta(seconds=1), tz)

    def get_callback_vals(self):
        leader = self.leader
        if isinstance(leader, Candidate):
            leader = leader.callback
        user_id = self.vals.get("user_id") or False
        return {
            **self.vals,
            "user_id": user_id,
            "state": "assigned" if user_id else "planned",
            "contact_id": leader.id if leader else False,
            "decision": self.decision,
        }

    def get_touch_vals(self):
        return {name: self.vals[name] for name in TOUCH_FIELDS}

    def get_skip_vals(self):
        return {
            **{name: self.vals[name] for name in SKIP_FIELDS},
            "reason": self.reason,
            "retry_until": self.vals.get("window_end"),
            "decision": self.decision,
        }


# how far ahead planned dates (a delivery, an appointment) are planned for
LEAD_TIME = timedelta(days=31)

# ``decision`` and ``skip_reason`` are only set for samples
Event = namedtuple(
    "Event", "source event_at occasion decision skip_reason", defaults=["", None, None]
)

AFTER = "after:"

# prefix of the occasion of a second, third … callback that a talk has asked for
CHAINED = "try:"

# assignments in which the document or policy names the agent, instead of the unit
DEDICATED = ("responsible", "agent", "dealer")

GONE_STATES = ("cancelled", "failed")

TABLE = SQL.identifier("revisit_candidate")


class Batch:
    """The policies of a run whose candidates are in a temporary table."""

    def __init__(self):
        self.has_table = False
        self.policies = []
        # open callbacks that get another leader: [(id, leader id, user id)]
        self.followers = []
        # {leading candidate's id: users excluded because of open callbacks}
        self.excluded = {}

    def __bool__(self):
        return bool(self.policies)


# alias of the table with due moments, joined to the query of the documents
DUE = "revisit_due"

RUN_OPEN = ("pending", "running")

RUN_COUNTS = (
    "created_count",
    "existing_count",
    "updated_count",
    "cancelled_count",
    "skipped_count",
)
