# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import Command

from .stage import Stage

WHY_AGAIN = "The ordered part has not come yet. 配件尚未到货。"
STILL = "Still waiting for the part. 仍在等待配件。"
# question, answer, tips in English and Chinese; the issue category that it is about
ANSWERS = (
    (
        (
            "Why does a new fridge hum at night?",
            "<p>Put it <b>level</b> and leave five centimetres to the wall. The sound"
            " goes within a day.</p>",
            "Ask first where it stands, and since when.",
        ),
        (
            "新冰箱夜间为什么有嗡嗡声？",
            "<p>请将冰箱<b>放平</b>，与墙保持五厘米距离，一天内声音会消失。</p>",
            "先询问摆放位置和出现时间。",
        ),
    ),
    (
        (
            "How long does the warranty last?",
            "<p>It stands on the archive of the installed product. Parts: three years;"
            " labour: one.</p>",
            "Read the date out, do not guess.",
        ),
        (
            "保修期有多长？",
            "<p>见客户档案中的已安装产品：零件三年，人工一年。</p>",
            "请读出日期，不要估计。",
        ),
    ),
)
TRAINING = "Opening a call with its purpose and duration 开场说明目的和时长"


class Knowledge(Stage):
    """What is known, who is trained, and matters that one callback did not settle."""

    def _allow_chains(self, rulebook):
        """Let the company call a second and a third time, by rules of its own."""
        for policy in rulebook.policy_ids.filtered("active"):
            policy.step_ids = [
                Command.create({"position": 2, "delay": 2, "open_for": 3}),
                Command.create(
                    {
                        "position": 3,
                        "delay": 2,
                        "open_for": 2,
                        "agent_rule": "supervisor",
                    }
                ),
            ]

    def _go_on(self, story):
        """Go on with two matters: one waits for its third callback, one for its second.

        Their windows open after the story, so that nobody's day of today changes.
        """
        end = self._get_end()
        for days in (9, 3):
            first = self.env["revisit.callback"].search(
                [
                    ("company_id", "=", self.env.company.id),
                    ("policy_id.step_ids", "!=", False),
                    ("source_model", "!=", "revisit.issue"),
                    ("contact_id", "=", False),
                    ("result", "=", "reached"),
                    ("satisfaction", "<", 80),
                    ("done_at", "<", end - timedelta(days=days)),
                    ("chain_id", "=", False),
                    ("user_id.share", "=", False),
                ],
                order="done_at desc, id",
                limit=1,
            )
            if not first:
                continue
            asked_at = end - timedelta(days=days if days > 5 else 0, hours=1)
            second, _why = self._as_maker(first)._continue_chain(WHY_AGAIN, asked_at)
            if days > 5 and second.user_id:
                rng = story.rng_of("chain", first)
                moment = self._get_talk_time(
                    rng, second.window_start, second.window_end
                )
                actor = self._as_maker(second)
                self._log(rng, actor, "reached", moment, duration=150)
                actor.action_done(done_at=moment, satisfaction=70, feedback=STILL)
                actor._continue_chain(STILL, end - timedelta(hours=2))

    def _know(self, issues):
        """Publish some answers, and offer the solution of a closed issue as another."""
        supervisor = self._user("supervisor")
        # in the supervisor's name, with the rights of the loading
        knowledge = self.env["revisit.knowledge"].with_user(supervisor).sudo()
        category = self._ref("product_category_appliances")
        languages = dict(self.env["res.lang"].get_installed())
        names = ("name", "answer", "tips")
        for number, (english, chinese) in enumerate(ANSWERS):
            record = knowledge.create(
                {
                    **dict(zip(names, english, strict=True)),
                    "product_category_ids": [Command.link(category.id)],
                    "owner_id": supervisor.id,
                    "review_on": self.today + timedelta(days=60 + number),
                }
            )
            if "zh_CN" in languages:
                translated = dict(zip(names, chinese, strict=True))
                record.with_context(lang="zh_CN").write(translated)
            record.action_publish()
        closed = [issue for issue in issues if issue.state == "closed"][:1]
        for issue in closed:
            owner = issue.owner_id or self._user("service")
            issue.with_user(owner).sudo().action_offer_knowledge()  # in their name

    def _train(self):
        """Ask for a training of whoever made the last callback that failed."""
        failed = self.env["revisit.callback"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("review_verdict", "=", "failed"),
                ("made_by_id.share", "=", False),
            ],
            order="done_at desc, id",
            limit=1,
        )
        for callback in failed.filtered(lambda c: c._get_trained()):
            # in the reviewer's name, with the rights of the loading
            reviewed = callback.with_user(callback.reviewed_by_id).sudo()
            reviewed.action_ask_training(TRAINING)
