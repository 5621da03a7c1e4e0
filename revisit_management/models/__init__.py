# Part of Revisit. See LICENSE file for full copyright and licensing details.
# The folders ("rooms") of this add-on, in the order in which they load. A room imports
# only from rooms above it; what two rooms share is in ``tools/``.

# input from outside: values are read in one place, checked, or refused
from . import values

# mixins for records: locks, protected fields, traces, decisions in words
from . import mixins

# the company and its people: units, users, working days
from . import settings

# rulebooks and their files, triggers, policies, scripts, attributes
from . import rules

# what is asked: measures, questions, and whom their answers judge
from . import questions

# whom we call: customers, what they own, occasions without a document
from . import customers

# the callback: its fields, its work, its contact, its customer, its portal
from . import callbacks

# what customers answered, and whom it counts for
from . import answers

# the report on a talk: time limits, hand-in, filing; record and report as documents
from . import reports

# customers' archives: what is asked for, what is missing or wrong, what came late
from . import archives

# what a talk brings beside its answers: needs, suggestions, referrals, promises
from . import results

# the agent's console: the next customer, the outcome, and ten seconds to undo it
from . import console

# greetings and notices: what is sent, when, and whether it arrived
from . import touches

# from occasions to callbacks: the order of steps, and each step twice
from . import planning

# why something is planned or not, and what overlaps
from . import explaining

# the month's plan of a unit: schedule, approval, progress, report
from . import plans

# customers' complaints: deadlines, changes, files
from . import issues

# answers that were found before, and their owners
from . import knowledge

# what a unit makes of its quarter or year: figures, words, proposals
from . import analyses

# once a day, each person's summary of what waits for them
from . import digest

# Odoo's documents that lead to callbacks: orders, deliveries, repairs, surveys
from . import documents

# extensions of Odoo's own framework models
from . import framework

# groups: who may be given which work, and tracing changes of them
from . import rights
