# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Lists of terms that rules, callbacks, planner and reports share."""

KINDS = [
    ("opening", "Opening"),
    ("routine", "Routine"),
    ("periodic", "Periodic"),
    ("abnormal", "Abnormal"),
    ("special", "Special"),
    ("verification", "Verification"),
    ("followup", "Follow-up"),
]

LEVELS = [
    ("dealer", "Dealer"),
    ("region", "Region or Branch"),
    ("hq", "Headquarters"),
]

CHANNELS = [
    ("phone", "Phone"),
    ("sms", "SMS"),
    ("email", "Email Questionnaire"),
    ("survey", "Online Survey"),
    ("im", "Instant Messaging"),
    ("visit", "On-Site Visit"),
    ("meeting", "Meeting"),
    ("service_day", "Service Day"),
    ("letter", "Letter"),
    ("reply_letter", "Reply Letter"),
    ("open_letter", "Open Letter"),
    ("contact_card", "Contact Card"),
    ("symposium", "Symposium"),
    ("social", "Social Media"),
]

DELAY_UNITS = [
    ("hour", "Hours"),
    ("day", "Days"),
    ("workday", "Working Days"),
    ("month", "Months"),
]

ASSIGNMENTS = [
    ("none", "Nobody: the Unit's Queue"),
    ("responsible", "Salesperson or Technician of the Document"),
    ("dealer", "The Dealer's Portal User"),
    ("agent", "One Agent"),
    ("round_robin", "The Unit's Agents in Turn"),
    ("least_loaded", "The Unit's Agent With the Fewest Open Callbacks"),
]

# channels that can be used together in one contact
CHANNEL_GROUPS = {
    "phone": "talk",
    "im": "talk",
    "social": "talk",
    "visit": "meet",
    "meeting": "meet",
    "service_day": "meet",
    "symposium": "meet",
    "sms": "write",
    "email": "write",
    "survey": "write",
    "letter": "paper",
    "reply_letter": "paper",
    "open_letter": "paper",
    "contact_card": "paper",
}

# channels whose evidence is a logged call or conversation
TALK_CHANNELS = {"phone", "im", "social", "meeting", "service_day", "symposium"}

# channels in which several customers are met at once
GROUP_CHANNELS = {"meeting", "service_day", "symposium"}

PAPER_CHANNELS = {"letter", "reply_letter", "open_letter", "contact_card"}

ANSWER_CHANNELS = {"email", "sms", "survey"}

# what proves a conversation, by channel; several channels share a kind of proof
CHANNEL_PROOFS = {
    **dict.fromkeys(TALK_CHANNELS, "talk"),
    **dict.fromkeys(PAPER_CHANNELS, "paper"),
    **dict.fromkeys(ANSWER_CHANNELS, "answer"),
    "visit": "signature",
}

# channels that an agent uses in person: finishing logs how it went
PERSONAL_CHANNELS = TALK_CHANNELS | {"visit"}

TOUCH_CHANNELS = [("sms", "SMS"), ("email", "Email")]

TEMPLATE_FIELDS = {"sms": "sms_template_id", "email": "mail_template_id"}

SERVICE_STEPS = [
    ("sale", "Sale"),
    ("delivery", "Delivery"),
    ("installation", "Installation"),
    ("service", "Repair and Maintenance"),
    ("complaint", "Complaint"),
    ("care", "Customer Care"),
    ("other", "Other"),
]

PERIODS = [
    ("month", "Month"),
    ("quarter", "Quarter"),
    ("half", "Half-Year"),
    ("year", "Year"),
]

# how many months a calendar period lasts
PERIOD_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}

# prefix of the last step of a path that is the code of an attribute
ATTRIBUTE = "attribute:"

# the ceiling is unknown, as nobody has entered the number of households for it
UNKNOWN = "unknown"

OPEN_STATES = ("planned", "assigned", "in_progress")

DONE_STATES = ("done", "reviewed")

MEASURES = ("satisfaction", "quality", "attitude", "efficiency")

# the figures that a callback sums up itself, and the greatest value of each
FIGURES = {**dict.fromkeys(MEASURES, 100), "nps": 10}

# whom or what an answer judges; "callback": the service as a whole, nobody's score
SUBJECT_KINDS = [
    ("callback", "The Service as a Whole"),
    ("caller", "Who Made the Callback"),
    ("salesperson", "Salesperson"),
    ("delivery_person", "Delivery Person"),
    ("technician", "Technician"),
    ("handler", "Who Handled the Case"),
    ("shop", "Shop"),
    ("dealer", "Dealer"),
    ("product", "Product"),
]

# where a document's path to a subject may end
SUBJECT_MODELS = ("res.users", "hr.employee", "res.partner", "revisit.team")

SNAPSHOTS = (
    "resp_user_id",
    "resp_employee_id",
    "resp_department_id",
    "resp_team_id",
    "resp_dealer_id",
)

ANSWERS = {
    *MEASURES,
    "nps",
    "feedback",
    "customer_confirmed",
    "signature",
    "signature_refused",
}

OUTCOMES = [
    ("reached", "Reached"),
    ("no_answer", "No Answer"),
    ("busy", "Busy"),
    ("wrong_number", "Wrong Number"),
    ("refused", "Refused"),
    ("rescheduled", "Rescheduled"),
]

PORTAL_GROUP = "revisit_management.group_portal_dealer"

OCCASION_KINDS = [
    ("account_opened", "Account Opened"),
    ("service_changed", "New or Changed Service"),
    ("installation", "First Day of an Installation"),
    ("installation_done", "Installation Completed"),
    ("reception", "Received on Reception Day"),
    ("hotline", "Received Through the Hotline"),
    ("abnormal", "Unusual Account or Use"),
    ("birthday", "Birthday"),
    ("holiday", "Holiday Greeting"),
    ("event", "Event or Campaign"),
    ("other", "Other"),
]  # how long before a policy needs them birthdays are created

SEVERITIES = [
    ("low", "Low"),
    ("normal", "Normal"),
    ("high", "High"),
    ("critical", "Critical"),
]

SKIP_REASONS = [
    ("no_customer", "No customer on the document"),
    ("do_not_contact", "The customer must not be contacted"),
    ("no_workdays", "The working calendar does not reach far enough"),
    ("not_drawn", "Not drawn for the sample"),
    ("cap", "Held back: the customer has had enough callbacks in this period"),
    ("budget", "Held back: the customer's contact budget is used up"),
    ("touch_quota", "Held back: the customer has had enough touches in this period"),
    ("no_address", "No number or address for a touch"),
]

# of callbacks: for whom and why it is planned: a change would bypass rules and rates
IDENTITY = {
    "active",
    "company_id",
    "dealer_id",
    "kind",
    "level",
    "partner_id",
    "rulebook_id",
    "service_step",
}

# of callbacks: how it is made, about what and by which unit: a supervisor's decision
ASSIGNMENT = {
    "channel",
    "plan_id",
    "planned_reason",
    "product_id",
    "script_id",
    "team_id",
}
