# Part of Revisit. See LICENSE file for full copyright and licensing details.
# The folders ("rooms") of this add-on, in the order in which they load. A room imports
# only from rooms above it; what two rooms share is in ``tools/``.

# mixins for records that are frozen, counted, scored or written in bulk
from . import mixins

# what is counted: metrics over any model
from . import counting

# schemes for scoring: indicators, bands, grades, and their files
from . import schemes

# the scores of one period: the run and its engine, scores, lines, evidence, sheets
from . import runs

# extensions of Odoo's and callback models: who is scored, and what is counted
from . import people
