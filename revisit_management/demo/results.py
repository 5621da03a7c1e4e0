# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from ..tools import windows
from .stage import Stage
from .story import ZONE

# kind, words, and what belongs to it, of talks at even distances through the story
NOTED = (
    ("need", "A second fridge for the shop. 店里还要一台冰箱。", {}),
    ("suggestion", "Shelves that fold away. 建议搁板可折叠。", {"is_valuable": True}),
    (
        "opportunity",
        "Moves house in spring, needs a kitchen. 开春搬家，要整套厨电。",
        {},
    ),
    ("promise", "The price of a new door. 新门的价格。", {"answer": "kept"}),
    ("referral", "His neighbour. 邻居。", {"name": "Gao Yun 高云", "last": "0101"}),
    ("need", "Filters for two years. 两年用量的滤芯。", {}),
    ("suggestion", "A manual with larger print. 说明书字大一些。", {}),
    ("promise", "Whether the part still exists. 配件是否还有货。", {"answer": "late"}),
    ("referral", "Her sister. 妹妹。", {"name": "Luo Min 罗敏", "last": "0102"}),
    ("opportunity", "Twelve washers for a hostel. 民宿要十二台洗衣机。", {}),
    ("suggestion", "Ring before coming. 上门前先打电话。", {"is_valuable": True}),
    ("promise", "When the fitter comes back. 安装师傅何时再来。", {"answer": "kept"}),
    ("need", "A longer hose. 长一些的水管。", {}),
    ("referral", "A colleague. 同事。", {"name": "Tang Lei 唐磊", "last": "0103"}),
)
# the last talks: one that nobody has answered in time, two for the coming days
OPEN = (
    (8, "Which warranty holds. 适用哪种保修。", -6),
    (1, "The date of the delivery. 送货日期。", 1),
    (1, "A quote for the repair. 维修报价。", 2),
)
ANSWER = "Told by phone. 已电话告知。"


class Results(Stage):
    """What customers need, propose, refer and were promised, a handful of each."""

    def _note_results(self):
        talks = self.env["revisit.callback"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("state", "=", "done"),
                ("result", "=", "reached"),
                ("contact_id", "=", False),
                ("made_by_id.share", "=", False),
            ],
            order="done_at, id",
        )
        early = talks.filtered(lambda c: c.done_at < self._get_day_bounds(20)[0])
        step = max(1, len(early) // len(NOTED))
        for (kind, words, more), talk in zip(NOTED, early[::step], strict=False):
            self._note(talk, kind, words, more)
        for number, (days, words, promised) in enumerate(OPEN):
            until = self._get_day_bounds(days)[1]
            before = talks.filtered(lambda c, u=until: c.done_at < u)
            day = self.today + timedelta(days=promised)
            self._note(before[-1 - number], "promise", words, {"day": day})

    def _note(self, talk, kind, words, more):
        """Note a result in a talk of the past, in the name of who has made it."""
        maker = talk.made_by_id
        values = {
            "callback_id": talk.id,
            "company_id": talk.company_id.id,
            "kind": kind,
            "words": words,
            "product_id": talk.product_id.id,
            "partner_id": talk.partner_id.id,
            "team_id": talk.team_id.id,
            "user_id": maker.id,
            "noted_at": talk.done_at,
        }
        # in the name of whoever has talked with the customer
        results = self.env["revisit.result"].with_user(maker).sudo()
        if kind == "promise":
            values |= self._promise(results, talk, more)
        if more.get("name"):
            values |= {
                "referred_name": more["name"],
                "referred_phone": f"+861390000{more['last']}",
            }
        values |= results._prepare_counted(maker.id, talk)
        result = results.create(values)
        if more.get("answer"):
            days = 1 if more["answer"] == "late" else -1
            result.action_answer(ANSWER)
            result.answered_at = result.promised_until + timedelta(days=days, hours=-9)
        if more.get("is_valuable"):
            supervisor = self._user("supervisor")
            # in the name of whoever decides it
            result.with_user(supervisor).sudo().action_value()
            result.valued_at = talk.done_at + timedelta(hours=20)

    def _promise(self, results, talk, more):
        """Return by when the answer was promised: a working day."""
        company = talk.company_id
        talked = windows.local_date(talk.done_at, ZONE)
        day = more.get("day") or talked + timedelta(days=2)
        day = results._get_working_day(company, day)
        return {
            "promised_on": day,
            "promised_until": windows.day_start(day + timedelta(days=1), ZONE),
            "owner_id": talk.made_by_id.id,
        }
