# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import calendar_event
from . import ir_actions_report
from . import ir_attachment
from . import ir_http
from . import ir_module
from . import ir_rule
from . import mail_activity
from . import mail_compose_message
from . import mail_mail
from . import mail_message
from . import mail_thread
from . import revisit_demo
from . import sms_sms
