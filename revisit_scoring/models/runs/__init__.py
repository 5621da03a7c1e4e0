# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_assessment
from . import days
from . import freezing
from . import engine
from . import grading
from . import revisit_score
from . import revisit_score_line
from . import sentences
from . import revisit_score_adjustment
from . import revisit_score_evidence
from . import sheet
from . import revisit_score_record
from . import training
