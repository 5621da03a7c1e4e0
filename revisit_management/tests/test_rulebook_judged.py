# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.tests import tagged

from .common import NOW, RevisitCommon

# Whom each question judges, in the order in which it is asked: rulebook,
# questionnaire, kinds. Read from the rule texts; "callback" is the service as a whole,
# which nobody answers for alone.
JUDGED = """
appliance purchase product salesperson salesperson delivery_person callback caller \
callback
appliance installation product technician technician callback caller callback
appliance repair technician product technician technician callback caller callback
appliance confirm handler handler handler caller callback
branch_network general product callback callback callback callback
branch_network repair product technician technician callback callback
branch_network visit caller product callback callback
dealer_csi sale product salesperson dealer dealer callback
dealer_csi sale_hq caller product salesperson dealer dealer callback
dealer_csi service technician dealer dealer dealer callback
dealer_csi service_hq caller technician dealer dealer dealer callback
dealer_csi complaint handler handler handler callback
dealer_csi complaint_hq caller handler handler handler callback
enterprise phone callback product callback technician callback callback
enterprise visit callback product technician salesperson callback callback
enterprise suggestion callback product callback callback
enterprise complaint handler handler handler handler callback
enterprise verify caller callback handler handler callback
five_grades general product callback callback callback callback
five_grades sale product salesperson callback callback callback
property opinion handler callback callback callback
property complaint handler handler handler handler callback
property suggestion handler handler handler callback
property repair technician technician technician callback callback
property_c opinion handler callback callback callback
property_c complaint handler handler handler handler callback
property_c suggestion handler handler handler callback
property_c repair technician technician technician callback callback
prospects general product callback callback callback callback callback
prospects prospect callback callback salesperson callback
quantified general product callback callback callback callback
quantified sale product salesperson callback callback callback
quantified questionnaire callback product callback callback callback callback
record_report general callback product callback callback callback callback
record_report visit callback product callback caller callback callback
repair_shop complaint callback callback callback callback
repair_shop result handler handler handler handler callback
repair_shop watch handler handler callback
repair_shop repair technician product technician technician callback callback
rewards general product caller caller callback callback callback
rewards resolved handler handler handler callback
scripted general callback product technician technician callback callback
scripted need callback caller callback
securities opening salesperson salesperson salesperson salesperson callback callback
securities check caller caller salesperson callback callback
securities care callback salesperson salesperson callback callback
securities abnormal callback callback salesperson callback
showroom delivered delivery_person product product callback callback
showroom installed product salesperson technician technician technician callback
three_rates general caller caller caller callback callback
three_rates resolved handler handler handler callback
utility service salesperson callback salesperson technician callback callback
utility complaint handler handler handler handler callback
utility repair technician product technician callback callback
utility received handler handler handler callback callback
utility opinion callback callback product callback callback callback
value_tier visit product callback callback callback callback callback
visit_score visit callback product salesperson callback callback callback
"""

# what a document does not tell: (trigger, kind), and why
UNTOLD = {
    ("customer_created", "technician"): "a customer has no technician",
    ("order_confirmed", "delivery_person"): "not delivered yet",
    ("periodic", "technician"): "a customer has no technician",
    ("pos_order", "delivery_person"): "taken home from the shop",
    ("service_changed", "technician"): "the occasion names who accepted the request",
    ("survey_returned", "handler"): "a questionnaire is nobody's yet",
}
# known from the callback itself, whatever its document says
KNOWN = {"callback", "caller", "dealer", "product", "shop"}


@tagged("post_install", "-at_install")
class TestRulebookJudged(RevisitCommon):
    """C6, G1: the technician's manner counts for the technician, in every rulebook."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.judged = {}
        for line in JUDGED.split("\n"):
            if line:
                rulebook, survey, *kinds = line.split()
                cls.judged.setdefault(rulebook, {})[survey] = kinds

    def test_whom_each_question_judges(self):
        """C6, R: rulebook by rulebook, question by question."""
        rulebooks = self.env["revisit.rulebook"]
        for code, surveys in self.judged.items():
            with self.subTest(rulebook=code):
                rulebooks.action_install(code)
                for name, kinds in surveys.items():
                    survey = self.env.ref(
                        f"revisit_management.{self.company.id}_{code}_survey_{name}"
                    )
                    questions = survey._get_revisit_questions()
                    self.assertEqual(questions.mapped("subject_kind"), kinds, name)

    def test_every_rulebook_is_read(self):
        """R: all nineteen, with all their questionnaires."""
        shipped = self.env["revisit.rulebook"]._get_shipped_codes()
        self.assertEqual(set(self.judged), set(shipped))
        for code in self.judged:
            self.env["revisit.rulebook"].action_install(code)
        surveys = self.env["survey.survey"].search(
            [("rulebook_id.code", "in", list(self.judged))]
        )
        self.assertEqual(
            len(surveys), sum(len(surveys) for surveys in self.judged.values())
        )

    def test_documents_name_whom_their_questions_judge(self):
        """C6: a path, or a reason why there can be none."""
        for code in self.judged:
            self.env["revisit.rulebook"].action_install(code)
        policies = self.env["revisit.policy"].with_context(active_test=False)
        untold = set()
        for policy in policies.search([("rulebook_id.code", "in", list(self.judged))]):
            trigger = policy.trigger_id
            if not trigger.model_name and trigger.code == "manual":
                continue  # the document that it is planned for says it
            told = set(trigger.subject_ids.mapped("kind")) | KNOWN
            for question in policy.survey_id._get_revisit_questions():
                if question.subject_kind not in told:
                    untold.add((trigger.code, question.subject_kind))
        self.assertEqual(untold, set(UNTOLD))

    def test_planned_by_hand_for_a_document(self):
        """C6: whom the document names answers for it, as if it had planned."""
        seller = self.agent2
        order = self.make_order(user_id=seller.id)
        self.customer.user_id = self.supervisor
        policy = self.make_policy("manual")
        for source, person in ((order, seller), (self.customer, self.supervisor)):
            callback = self.make_callback(
                policy=policy,
                source_model=source._name,
                source_id=source.id,
                occasion=f"manual:{source._name}",
                window_end=NOW,
                window_start=NOW.replace(year=2025),
            )
            with self.subTest(model=source._name):
                self.assertEqual(
                    callback._get_subject("salesperson"),
                    ("salesperson", "res.users", person.id),
                )
