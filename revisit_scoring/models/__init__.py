# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_metric
from . import revisit_scheme_part_mixin
from . import revisit_scheme
from . import revisit_indicator
from . import revisit_indicator_band
from . import revisit_grade
from . import revisit_frozen_mixin
from . import revisit_upsert_mixin
from . import revisit_assessment
from . import revisit_assessment_engine
from . import revisit_score
from . import revisit_score_line
from . import revisit_score_adjustment
from . import revisit_score_evidence
from . import revisit_score_record
from . import revisit_counted_mixin
from . import revisit_scored_mixin
from . import hr_department
from . import hr_employee
from . import hr_employee_public
from . import res_company
from . import res_partner
from . import revisit_callback
from . import revisit_issue
from . import revisit_rulebook
from . import revisit_team
