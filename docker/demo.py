"""The main job on real input, in an Odoo shell: plan, run the job, score, show.

Reads ``env``; safe to repeat. Every number printed is read from the database. Ends
with an error if a table that shows the demonstration is empty.
"""

import sys
from datetime import timedelta
from unicodedata import east_asian_width

from odoo import fields

DAYS = 140
OPEN_TIMINGS = ("upcoming", "due", "today")
OPEN_STEPS = ("new", "acknowledged", "investigating", "agreed", "resolved")
ROLES = {
    "revisit_management.group_manager": "callback manager",
    "revisit_management.group_supervisor": "supervisor",
    "revisit_management.group_agent": "agent",
    "revisit_management.group_portal_dealer": "dealer (portal)",
    "revisit_scoring.group_hr_reader": "HR, reads scores",
}


def main(env):
    company = env.ref("base.main_company")
    env = env(context={"allowed_company_ids": company.ids, "lang": "en_US"})
    company = company.with_env(env)
    print(f"\n{company.name}: callbacks and scores")
    plan(env, company)
    empty = []
    show_callbacks(env, company, empty)
    show_issues(env, company, empty)
    if "revisit.scheme" in env:
        assess(env, company)
        show_scores(env, company, empty)
    else:
        print("\nNothing to score: the add-on revisit_scoring is not installed.")
    show_logins(env)
    if empty:
        sys.exit(f"Nothing to show: {', '.join(empty)}. The demo data are incomplete.")


# ------------------------------------------------------------
# THE JOB
# ------------------------------------------------------------


def plan(env, company):
    """Plan the last months, then run the planner as the scheduled action does."""
    policies = env["revisit.policy"].search(
        [("company_id", "=", company.id), ("model_name", "!=", False)]
    )
    now = fields.Datetime.now()
    counts = policies.generate(now - timedelta(days=DAYS), now) if policies else {}
    env.cr.commit()
    env["revisit.planner"]._cron_plan()
    skipped = sum(counts.get("skipped", {}).values())
    print(
        f"Events of {DAYS} days under {len(policies)} policies:"
        f" {counts.get('created', 0)} callbacks planned now,"
        f" {counts.get('existing', 0)} planned before (while the demo data were loaded"
        f" or by an earlier run), {skipped} left out with a reason."
    )


def assess(env, company):
    """Publish every active scheme's last whole period, compute the current one."""
    from odoo.addons.revisit_management.tools import periods

    today = company._get_score_today()
    schemes = env["revisit.scheme"].search(
        [("company_id", "=", company.id), ("state", "=", "active")]
    )
    for scheme in schemes:
        last = scheme._get_assessment(*scheme._get_last_period())
        if last.state in ("draft", "computed"):
            last.action_compute()
            if not last.pending_count:
                last.action_publish()
        current = scheme._get_assessment(*periods.bounds(today, scheme.period))
        if current.state in ("draft", "computed"):
            current.action_compute()
    env.cr.commit()


# ------------------------------------------------------------
# WHAT CAME OUT
# ------------------------------------------------------------


def show_callbacks(env, company, empty):
    rows, total = [], [0] * 6
    counts = {}
    for policy, timing, count in env["revisit.callback"]._read_group(
        [("company_id", "=", company.id)], ["policy_id", "timing"], ["__count"]
    ):
        counts.setdefault(policy, {})[timing] = count
    for policy in env["revisit.policy"].browse(sorted(policy.id for policy in counts)):
        by_timing = counts[policy]
        numbers = [
            sum(by_timing.values()),
            by_timing.get("on_time", 0),
            by_timing.get("missed", 0),
            by_timing.get("late", 0),
            sum(by_timing.get(timing, 0) for timing in OPEN_TIMINGS),
            by_timing.get("cancelled", 0),
        ]
        total = [a + b for a, b in zip(total, numbers, strict=True)]
        rows.append([policy.name, *numbers])
    head = ["", "planned", "made on time", "made late", "overdue", "open", "cancelled"]
    table("Callbacks by policy", head, [*rows, ["All", *total]])
    if not total[0] or not total[1]:
        empty.append("callbacks")


def show_issues(env, company, empty):
    counts = {}
    for category, state, count in env["revisit.issue"]._read_group(
        [("company_id", "=", company.id), ("is_open", "=", True)],
        ["category_id", "state"],
        ["__count"],
    ):
        counts.setdefault(category, {})[state] = count
    late = dict(
        env["revisit.issue"]._read_group(
            [
                ("company_id", "=", company.id),
                ("state", "in", OPEN_STEPS[:-1]),
                ("resolve_by", "<", fields.Datetime.now()),
            ],
            ["category_id"],
            ["__count"],
        )
    )
    labels = dict(env["revisit.issue"]._fields["state"]._description_selection(env))
    rows = [
        [
            category.name,
            sum(by_state.values()),
            *(by_state.get(state, 0) for state in OPEN_STEPS),
            late.get(category, 0),
        ]
        for category, by_state in sorted(
            counts.items(), key=lambda item: (item[0].sequence, item[0].id)
        )
    ]
    head = ["", "open", *(labels[state].lower() for state in OPEN_STEPS), "overdue"]
    table("Open issues by category", head, rows)
    if not rows:
        empty.append("issues")


def show_scores(env, company, empty):
    runs = env["revisit.assessment"].search(
        [("company_id", "=", company.id)], order="date_to desc, id"
    )
    rows = [
        [
            run.name,
            run.state,
            run.rated_count,
            run.score_count,
            f"{run.average_total:.2f}",
        ]
        for run in runs
    ]
    head = ["", "state", "rated", "listed", "mean"]
    table("Assessments", head, rows, right=(2, 3, 4))
    newest = max(
        (run.date_to for run in runs if run.state in ("published", "closed")),
        default=False,
    )
    scores = env["revisit.score"].search(
        [
            ("company_id", "=", company.id),
            ("state", "in", ("published", "closed")),
            ("date_to", "=", newest),
            ("rated", "=", True),
        ],
        order="total desc, id",
    )
    few = scores.filtered("is_small_sample")
    scores -= few
    if not scores:
        print("\nNo published assessment holds a score that rests on enough records.")
        empty.append("scores")
    else:
        show_score_list("Best scores", scores[:5], best=True)
        worst = scores[5:].sorted(lambda score: (score.total, score.id))[:5]
        if worst:
            show_score_list("Lowest scores", worst, best=False)
    if few:
        names = ", ".join(f"{s.subject_name} ({s.sample_count})" for s in few)
        print(f"\nToo few records to be shown among the best or the lowest: {names}")


def show_score_list(title, scores, best):
    rows = []
    for score in scores:
        line = pick_line(score, best)
        grade = score.grade_name or f"rank {score.rank}"
        words = f"{line.name}: {line.explanation}" if line else score.explanation
        kind = dict(score._fields["subject_kind"]._description_selection(score.env))
        rows.append(
            [
                score.subject_name,
                kind[score.subject_kind],
                f"{score.total:.2f}",
                grade,
                words,
            ]
        )
    period = scores[0].period_label
    table(f"{title}, {period}", ["", "", "score", "grade", "why"], rows, right=(2,))


def pick_line(score, best):
    """Return the line that explains most: the points won, or the points lost."""
    lines = score.line_ids.filtered(lambda line: line.has_data and line.maximum)
    if best:
        return lines.sorted(lambda line: (-line.points, line.id))[:1]
    return lines.sorted(lambda line: (line.points - line.maximum, line.id))[:1]


def show_logins(env):
    """List the users whose password is their login, as demonstrations have it."""
    users = env["res.users"].search(
        [("login", "not like", "\\_\\_%")], order="share, id"
    )
    env.cr.execute("SELECT id, password FROM res_users WHERE password IS NOT NULL")
    hashes, crypt = dict(env.cr.fetchall()), env["res.users"]._crypt_context()
    rows = []
    for user in users:
        if user.id in hashes and crypt.verify(user.login, hashes[user.id]):
            page = "/my" if user.share else "/odoo"
            rows.append([user.login, user.login, user.name, role(user), page])
    head = ["login", "password", "name", "role", "page"]
    table("Who can log in", head, rows, right=())


def role(user):
    if user._is_system():
        return "administrator"
    for group, label in ROLES.items():
        if user.env.ref(group, raise_if_not_found=False) and user.has_group(group):
            return label
    return "portal" if user.share else "employee"


# ------------------------------------------------------------
# TABLES
# ------------------------------------------------------------


def table(title, head, rows, right=None):
    """Print aligned columns; those in ``right`` (default: all numbers) to the right."""
    print(f"\n{title}")
    if not rows:
        print("  none")
        return
    right = range(1, len(head)) if right is None else right
    lines = [head, *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    for number, line in enumerate(lines):
        cells = [
            pad(cell, size, position in right)
            for position, (cell, size) in enumerate(zip(line, widths, strict=True))
        ]
        print("  " + "  ".join(cells).rstrip())
        if not number:
            print("  " + "  ".join("-" * size for size in widths))


def width(text):
    """Return how many columns of a terminal a text takes: Chinese takes two each."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def pad(text, size, to_right):
    gap = " " * (size - width(text))
    return gap + text if to_right else text + gap


main(env)  # noqa: F821  # the shell's
sys.stdout.flush()
