# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64
import io
from collections import Counter
from datetime import timedelta

from PIL import Image, ImageDraw

from ..tools import hours, periods, windows
from .stage import Stage
from .story import AGENTS, DEALERS, EVENING, ZONE

# comments of customers without a dealer
TOLD_DIRECT = 89
REVIEWERS = ("supervisor", "supervisor2")

GOOD_WORDS = (
    "Everything works, the fitter explained the programmes well.",
    "Delivered on the agreed morning. 很满意，师傅很专业。",
    "Very quiet machine, would buy it again.",
    "师傅穿了鞋套，安装干净利落。 The fitter was careful and clean.",
    "Quick repair, the price was told beforehand.",
    "No complaints. Asked when the filter should be cleaned; explained.",
    "服务热情，没有问题。 Friendly service, no problems.",
)
FAIR_WORDS = (
    "Works, but the delivery came two hours late.",
    "Satisfied with the product; the manual is hard to read.",
    "Had to call twice to get an appointment. 预约打了两次电话。",
    "The noise is a little higher than expected.",
    "Packaging was left behind in the corridor.",
)
POOR_WORDS = (
    "Nobody told me the price of the parts before the repair. 维修前没有报价。",
    "The fitter came a day late and did not call.",
    "It was repaired twice and still makes noise. 修了两次还有异响。",
    "The shop promised a free hood filter; it never came.",
    "Nobody answers the dealer's telephone.",
)
NOTES = ("", "", "Mailbox", "Rang for a minute", "Was in a meeting", "Line was cut")
REVIEW_NOTES = {
    "passed": ("", "", "", "Clear and complete.", "Good handling of the question."),
    "failed": (
        "Purpose of the call was not told; please use the opening of the script.",
        "Feedback is one word only: write down what the customer said.",
    ),
}


class Work(Stage):
    """The work: planning, callbacks made by agents and dealers, reviews."""

    # ------------------------------------------------------------
    # PLANNING
    # ------------------------------------------------------------

    def _plan(self):
        """Plan the whole quarter with every policy."""
        policies = self.env["revisit.policy"].search(
            [("company_id", "=", self.env.company.id), ("model_name", "!=", False)]
        )
        first = windows.day_start(self._get_first_day(), ZONE)
        policies.generate(first, self._get_end())

    def _make_plans(self):
        """Set up monthly plans of both centres: last month, this month, and a draft."""
        this = self.today.replace(day=1)
        last = (this - timedelta(days=1)).replace(day=1)
        units = self._rulebook_ref("appliance", "team_callback")
        units += self._rulebook_ref("dealer_csi", "team_hq")
        for unit in units:
            for first in (last, this):
                following = (first + timedelta(days=31)).replace(day=1)
                plan = self.env["revisit.plan"].create(
                    {
                        "team_id": unit.id,
                        "owner_id": unit.manager_id.id,
                        "date_from": first,
                        "date_to": following - timedelta(days=1),
                        "note": "Satisfaction after sales, installations and repairs.",
                    }
                )
                plan.action_fill()
                if plan.callback_count:
                    # as the manager; with_user() alone drops the rights of the loading
                    plan.with_user(unit.manager_id).sudo().action_submit()
                    # and in the name of the manager above, likewise
                    plan.with_user(self._user("manager")).sudo().action_approve()
        self._draft_next_plan(units[:1])

    def _draft_next_plan(self, unit):
        """Leave next month's plan of a unit as a draft without callbacks."""
        unit.plan_period = "month"
        first, last = periods.bounds(
            self.today.replace(day=1) + timedelta(days=31), "month"
        )
        self.env["revisit.plan"].create(
            {
                "team_id": unit.id,
                "owner_id": unit.manager_id.id,
                "date_from": first,
                "date_to": last,
            }
        )

    def _finish_plans(self):
        """Agree on times with some customers, and close the plans that are over."""
        units = self._rulebook_ref("appliance", "team_callback")
        units += self._rulebook_ref("dealer_csi", "team_hq")
        waiting = self.env["revisit.callback"].search(
            [
                ("team_id", "in", units.ids),
                ("state", "=", "assigned"),
                ("contact_id", "=", False),
                ("window_end", ">", self._get_end_of_today()),
            ],
            order="window_end desc, id",
            limit=12,
        )
        for number, callback in enumerate(waiting):
            morning = windows.day_start(callback.last_day, ZONE) + timedelta(hours=10)
            actor = self._as_maker(callback)
            actor.planned_at = morning + timedelta(minutes=30 * (number % 8))
            if number % 4 < 2:
                actor.action_confirm_time()
            elif number % 4 == 2:
                actor.action_decline_time()
        over = self.env["revisit.plan"].search(
            [("state", "=", "approved"), ("date_to", "<", self.today)]
        )
        for plan in over:
            # in the manager's name, with the rights of the loading
            plan.with_user(plan.team_id.manager_id).sudo().action_close()

    # ------------------------------------------------------------
    # MAKING CALLBACKS
    # ------------------------------------------------------------

    def _get_waiting(self):
        """Return the untouched callbacks whose window has begun, oldest first."""
        return self.env["revisit.callback"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("state", "=", "assigned"),
                ("attempt_count", "=", 0),
                ("contact_id", "=", False),
                ("window_start", "<", self._get_end()),
                ("policy_id.code", "!=", "appliance_issue_resolved"),
            ],
            order="window_end, id",
        )

    def _work(self, story, callbacks):
        """Let agents and dealers make their callbacks, each in their own manner."""
        kept = self._keep_for_today(callbacks)
        for callback in callbacks:
            if callback.state != "assigned" or callback.contact_id:
                continue
            rng = story.rng_of("work", callback)
            if callback in kept:
                self._try_in_vain(rng, callback, 0.25)
                continue
            moment = self._get_done_at(rng, callback)
            if moment:
                self._make(rng, callback, moment)
            else:
                self._try_in_vain(rng, callback, 0.4)

    def _get_end_of_today(self):
        return self._get_end() + timedelta(days=1)

    def _keep_for_today(self, callbacks):
        """Return callbacks to leave open: per person three due today, two just late."""
        end, tomorrow = self._get_end(), self._get_end_of_today()
        kept, counts = callbacks.browse(), Counter()
        for callback in callbacks.sorted("window_end", reverse=True):
            if end < callback.window_end <= tomorrow:
                key, limit = (callback.user_id, "today"), 3
            elif end - timedelta(days=4) < callback.window_end <= end:
                key, limit = (callback.user_id, "late"), 2
            else:
                continue
            if counts[key] < limit:
                counts[key] += 1
                kept += callback
        return kept

    def _get_done_at(self, rng, callback):
        """Return when a callback is made, by its agent's habits, or False."""
        story_end, habits = self._get_end(), self._get_habits(callback)
        start, end = callback.window_start, callback.window_end
        fate = rng.random()
        if end > story_end:
            return fate < 0.45 and self._get_talk_time(rng, start, story_end)
        if fate < habits.on_time:
            return self._get_talk_time(rng, start, end)
        if fate < habits.on_time + habits.late:
            last = end + timedelta(days=4)
            return last < story_end and self._get_talk_time(rng, end, last)
        return False

    def _make(self, rng, callback, moment):
        """Log the attempts and the result of one callback, as its agent."""
        actor = self._as_maker(callback)
        fate = rng.random()
        is_visit = self._make_visit(rng, callback)
        if fate < 0.055 and not is_visit:
            for days in (2, 1, 0):
                at = max(moment - timedelta(days=days), callback.window_start)
                outcome = rng.choice(["no_answer", "no_answer", "busy"])
                self._log(rng, actor, outcome, at)
            return actor.action_done(done_at=moment)
        if fate < 0.075 and not is_visit:
            outcome = "refused" if fate < 0.065 else "wrong_number"
            self._log(rng, actor, outcome, moment)
            return actor.action_done(done_at=moment)
        if rng.random() < self._get_missed_share(moment):
            before = moment - timedelta(days=1)
            if before < callback.window_start:
                before = max(moment - timedelta(minutes=20), callback.window_start)
            self._log(rng, actor, rng.choice(["no_answer", "busy"]), before)
        if not is_visit:
            self._log(rng, actor, "reached", moment, duration=rng.randint(70, 400))
        measures = self._get_measures(rng, callback)
        if is_visit:
            measures["signature"] = self._get_signature(rng)
        return self._finish(actor, moment, measures)

    def _get_missed_share(self, moment):
        """Return how many first calls at an hour are in vain: few in the evening."""
        return 0.02 if hours.local_hour(moment, ZONE) >= EVENING else 0.4

    def _learn_best_hours(self):
        """Learn when customers answer, as if each try had been entered at its time.

        What was entered before the demonstration keeps the moment of its entry.
        """
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE revisit_attempt SET create_date = at WHERE create_date >= %s",
            [self.env.cr.now()],
        )
        self.env["revisit.best.hour"]._learn()

    def _finish(self, actor, moment, measures):
        """Record a talk: answers to the questions, figures where there is none."""
        answers, known = {}, set()
        for question in actor._get_finished_together()._get_asked():
            code = question.question.measure_id.code
            known.add(code)
            value = measures.get(code)
            if code == "caller_manner" and "attitude" in measures:
                # people judge who talks to them better than who was late
                value = (measures["attitude"] + 100) / 2
            raw = self._get_answer(question.question, value)
            if raw is not None:
                key = f"{question.callbacks[0].id}:{question.question.id}"
                answers[key] = raw
        figures = {k: v for k, v in measures.items() if k not in known}
        return actor.action_done("reached", done_at=moment, answers=answers, **figures)

    def _get_answer(self, question, value):
        """Return what a customer answers who would give ``value``, None for nothing.

        What a rulebook measures beside the five figures is answered well.
        """
        if not question.measure_id or question.question_type in (
            "char_box",
            "text_box",
        ):
            return None
        if question.measure_id.code == "nps":
            value = value and value * 10
        elif question.measure_id.code not in self._get_known_measures():
            value = 100
        if value is None:
            return None
        if question.is_reversed:
            value = 100 - value
        if question.question_type == "simple_choice":
            counted = question.suggested_answer_ids.filtered("is_counted")
            return min(counted, key=lambda c: (abs(c.revisit_value - value), c.id)).id
        low, high = question._get_bounds()
        answer = low + (high - low) * value / 100
        return round(answer) if question.question_type == "scale" else answer

    def _get_known_measures(self):
        return self.env["revisit.measure"]._get_standard()

    def _make_visit(self, rng, callback):
        """Turn some callbacks of dealers into visits; return whether it is one.

        Only callbacks that share no contact: a visit here has one reason.
        """
        chosen = rng.random() < 0.08 and callback.level == "dealer"
        if chosen and not callback._get_followers():
            callback.channel = "visit"
        return callback.channel == "visit"

    def _try_in_vain(self, rng, callback, chance):
        """For some callbacks, log an attempt last evening that missed the customer."""
        end = self._get_end()
        if rng.random() > chance or callback.window_end < end - timedelta(days=14):
            return
        at = end - timedelta(hours=4, minutes=rng.randint(20, 400))
        outcome = rng.choice(["no_answer", "busy", "rescheduled"])
        values = {"note": rng.choice(NOTES)}
        if outcome == "rescheduled":
            values["note"] = "Asked to be called again tomorrow evening. 请明晚再联系。"
            evening = self.today + timedelta(days=1)
            values["next_at"] = windows.day_start(evening, ZONE, 18.5)
        self._add_attempt(
            self._as_maker(callback), outcome, max(callback.window_start, at), **values
        )

    def _as_maker(self, callback):
        """Return the callback as its agent, with sudo so that dates may be set back."""
        return callback.with_user(callback.user_id).sudo()  # so that it is dated back

    def _log(self, rng, actor, outcome, at, **values):
        note = "" if outcome == "reached" else rng.choice(NOTES)
        self._add_attempt(actor, outcome, at, note=note, **values)

    def _add_attempt(self, actor, outcome, at, **values):
        """Log an attempt at an earlier moment, which only the system may enter."""
        values |= {"callback_id": actor.id, "outcome": outcome, "at": at}
        actor.env["revisit.attempt"].create(values)

    # ------------------------------------------------------------
    # WHAT CUSTOMERS SAY
    # ------------------------------------------------------------

    def _get_measures(self, rng, callback):
        """Return the answers of a customer; some questions are left out."""
        habits = self._get_habits(callback)
        mean = self._get_mean(callback)
        satisfaction = self._draw(rng, mean, 7)
        measures = {
            "satisfaction": satisfaction,
            "attitude": self._draw(rng, habits.attitude, 5),
            "feedback": self._get_words(rng, satisfaction),
        }
        if rng.random() < 0.85:
            measures["quality"] = self._draw(rng, (mean + 90) / 2, 7)
        if rng.random() < 0.75:
            measures["efficiency"] = self._draw(rng, mean - 2, 8)
        if rng.random() < 0.6:
            measures["nps"] = max(0, min(10, round(satisfaction / 10 - 0.3)))
        return measures

    def _get_words(self, rng, satisfaction):
        if satisfaction >= 88:
            return rng.choice(GOOD_WORDS) if rng.random() < 0.7 else ""
        return rng.choice(FAIR_WORDS if satisfaction >= 72 else POOR_WORDS)

    def _get_mean(self, callback):
        dealer = self._get_dealer_habits(callback.dealer_id)
        if not dealer:
            return TOLD_DIRECT
        return dealer.told_dealer if callback.level == "dealer" else dealer.told_hq

    def _get_habits(self, callback):
        if callback.level == "dealer":
            return self._get_dealer_habits(callback.dealer_id) or DEALERS["harbour"]
        return AGENTS.get(callback.user_id.login, AGENTS["agent2"])

    def _get_dealer_habits(self, dealer):
        for code, habits in DEALERS.items():
            if dealer == self._ref(f"dealer_{code}"):
                return habits
        return None

    def _get_signature(self, rng):
        """Return a scribble as a PNG in base64."""
        image = Image.new("RGB", (240, 80), "white")
        x, y, points = 20, 45, []
        while x < 220:
            points.append((x, y))
            x += rng.randint(5, 14)
            y = rng.randint(18, 64)
        ImageDraw.Draw(image).line(points, fill="#1c2b5a", width=3, joint="curve")
        stream = io.BytesIO()
        image.save(stream, "PNG")
        return base64.b64encode(stream.getvalue())

    # ------------------------------------------------------------
    # AFTERWARDS
    # ------------------------------------------------------------

    def _review(self, story):
        """Let supervisors review most callbacks that are older than a week."""
        callbacks = self.env["revisit.callback"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("state", "=", "done"),
                ("done_at", "<", self._get_end() - timedelta(days=7)),
            ],
            order="id",
        )
        groups = {}
        for callback in callbacks:
            rng = story.rng_of("review", callback)
            fate = rng.random()
            if fate < 0.3 or callback.report_id.state == "draft":
                continue
            verdict = "failed" if fate > 0.96 else "passed"
            reviewer = callback.team_id.manager_id or self._user(REVIEWERS[0])
            key = (reviewer, verdict, rng.choice(REVIEW_NOTES[verdict]))
            groups[key] = groups.get(key, callbacks.browse()) + callback
        for (reviewer, verdict, note), chosen in groups.items():
            # in the reviewer's name, who need not oversee a unit without a manager
            chosen.with_user(reviewer).sudo().action_review(verdict, note)

    def _release(self):
        """Put some of tomorrow's callbacks back into the queue of their unit."""
        units = {("appliance", "team_callback"): 5, ("dealer_csi", "team_hq"): 2}
        for xmlid, limit in units.items():
            upcoming = self.env["revisit.callback"].search(
                [
                    ("team_id", "=", self._rulebook_ref(*xmlid).id),
                    ("state", "=", "assigned"),
                    ("window_end", ">", self._get_end_of_today()),
                ],
                order="window_start desc, id",
                limit=limit,
            )
            upcoming.user_id = False
