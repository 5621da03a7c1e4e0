# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_measure
from . import revisit_worded_mixin
from . import survey_survey
from . import survey_question
from . import survey_question_answer
