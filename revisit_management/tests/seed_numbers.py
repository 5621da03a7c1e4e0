# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Which sentence of its rule gives a number of a shipped rulebook.

``SEEDS`` is {(rulebook, row id, value's name): (number, sentence)}. What is not
here is no rule's, and its row says that it is ours.
"""


def _spread(code, sentence, **rows):
    """Return entries of one sentence: {row: {name: number}}."""
    return {
        (code, row, name): (number, sentence)
        for row, numbers in rows.items()
        for name, number in numbers.items()
    }


def _window(first, last):
    return {"delay_min": first, "delay_max": last}


SEEDS = {
    **_spread(
        "appliance",
        "在購買后的1-3天內(nèi)安排首次回訪",
        policy_purchase=_window(1, 3),
        policy_sold=_window(1, 3),
        policy_store=_window(1, 3),
    ),
    **_spread(
        "appliance",
        "在服務完成后的2-5天內(nèi)進行回訪",
        policy_installation=_window(2, 5),
        policy_repair=_window(2, 5),
    ),
    **_spread(
        "appliance",
        "企业需在接到申请后24小时内完成初步评估",
        deadline_quality_low={"respond_hours": 24},
        deadline_quality_high={"respond_hours": 24},
        deadline_service_low={"respond_hours": 24},
        deadline_sales_low={"respond_hours": 24},
    ),
    **_spread(
        "dealer_csi",
        "售车后回访：经销商三天内必须回访，客服部四天至一周内必须回访",
        policy_sale_dealer=_window(0, 3),
        policy_sold_dealer=_window(0, 3),
        policy_sale_hq=_window(4, 7),
        policy_sold_hq=_window(4, 7),
    ),
    **_spread(
        "dealer_csi",
        "保养维修后回访：经销商三至五天内必须回访，客服部六至十天内必须回访",
        policy_service_dealer=_window(3, 5),
        policy_service_hq=_window(6, 10),
    ),
    **_spread(
        "dealer_csi",
        "客户投诉回访：经营区和经销商二天内必须回访，客服部三天至一周内必须回访",
        policy_complaint_dealer=_window(0, 2),
        policy_complaint_region=_window(0, 2),
        policy_complaint_hq=_window(3, 7),
    ),
    **_spread(
        "enterprise",
        "產(chǎn)品安裝或上線使用一個月后，對客戶進行第一次電話回訪",
        policy_call={"first_after_months": 1},
        policy_call_live={"first_after_months": 1},
    ),
    **_spread(
        "enterprise",
        "首次電話回訪后，每半年對客戶進行一次電話回訪",
        policy_call={"period_months": 6},
        policy_call_live={"period_months": 6},
    ),
    **_spread(
        "enterprise",
        "對于大客戶每年至少進行一次現(xiàn)場回訪，對于特大或重要客戶每半年進行一次現(xiàn)場回訪",
        policy_large={"period_months": 12},
        policy_key={"period_months": 6},
    ),
    **_spread(
        "property",
        "每月抽查派工單的5%(當月抽查總量≤總戶數(shù)的5%)",
        policy_repair={
            "period_months": 1,
            "sample_rate": 5,
            "sample_ceiling_rate": 5,
        },
    ),
    **_spread(
        "property",
        "在第二次以后不屬于第三類投訴的回訪可采用電話回訪形式",
        channel_complaint_later={"position_from": 2},
        channel_suggestion_later={"position_from": 2},
        channel_survey_later={"position_from": 2},
    ),
    **_spread(
        "property",
        "對需要進行第二次回訪的必須進行第二次、第三次甚至更多次的回訪",
        **{
            f"step_{name}_{number}": {"position": number}
            for name in ("survey", "complaint", "suggestion")
            for number in (2, 3)
        },
    ),
    **_spread(
        "property_c",
        "對需要進行多次回訪的應進行多次回訪，第二次以后的回訪可以使用電話回訪",
        **{
            f"step_{name}_2": {"position": 2}
            for name in ("survey", "complaint", "suggestion")
        },
    ),
    **_spread(
        "property_c",
        "維修質(zhì)量的回訪，每月抽查《維修申請單》的30%",
        policy_repair={"period_months": 1, "sample_rate": 30},
    ),
    **_spread(
        "property_c",
        "第二次以后的回訪可以使用電話回訪",
        channel_complaint_later={"position_from": 2},
        channel_suggestion_later={"position_from": 2},
        channel_survey_later={"position_from": 2},
    ),
    **_spread(
        "prospects",
        "制定定期回访计划，如每月、每季度或每年回访一次",
        policy_monthly={"period_months": 1},
        policy_quarterly={"period_months": 3},
        policy_yearly={"period_months": 12},
    ),
    **_spread(
        "prospects",
        "确定回访频率,例如每季度、每半年或每年进行回访",
        policy_half_yearly={"period_months": 6},
    ),
    **_spread(
        "securities",
        "在营业部办理完开户手续后三个工作日进展的回访",
        policy_opening=_window(0, 3),
    ),
    **_spread(
        "securities",
        "每季度对同一客户回访次数〔包括各级和各类回访〕不应超过两次",
        rulebook={"cap_limit": 2},
    ),
    **_spread(
        "repair_shop",
        "应在规定的时间内给予响应，如24小时内响应",
        policy_complaint=_window(0, 24),
        deadline_product_low={"respond_hours": 24},
        deadline_manner_low={"respond_hours": 24},
        deadline_technique_low={"respond_hours": 24},
    ),
    **_spread(
        "repair_shop",
        "定期发送节日祝福、生日祝福等",
        policy_birthday=_window(0, 0),
        policy_holiday=_window(0, 0),
    ),
    **_spread(
        "scripted",
        "固定在1、2、3个月内的特定时间回访客户",
        policy_monthly={"period_months": 1},
        policy_two_monthly={"period_months": 2},
        policy_quarterly={"period_months": 3},
    ),
    **_spread(
        "scripted",
        "时间安排在月中旬",
        policy_monthly={"day_from": 11, "day_to": 20},
        policy_two_monthly={"day_from": 11, "day_to": 20},
        policy_quarterly={"day_from": 11, "day_to": 20},
    ),
    **_spread(
        "showroom",
        "物流派单在送货前一天下午4点半以前将第二天要送瓷砖的客户信息",
        policy_delivery_tiles={**_window(0, 1), "opens_at": 16.5},
        policy_delivery_sanitary={**_window(0, 1), "opens_at": 16.5},
    ),
    **_spread(
        "showroom",
        "客服员在货物到达后的24小时内对顾客进行电话回访",
        policy_delivered=_window(0, 24),
    ),
    **_spread("showroom", "安装第一天短信通知顾客", policy_installation=_window(0, 0)),
    **_spread(
        "showroom",
        "由客服员在24小时内打电话给客户进行回访",
        policy_installed=_window(0, 24),
    ),
    **_spread(
        "utility",
        "35KV及以上的大电力客户每年回访不少于一次",
        policy_large={
            "period_months": 12,
            "domain": "[('attribute_value_ids', 'any', [('code', '=', 'supply_kv'),"
            " ('number', '>=', 35)]), ('callback_status_ids', 'not any', [('code',"
            " 'in', ['deputy', 'media', 'supervisor'])])]",
        },
        policy_sample={
            "domain": "[('attribute_value_ids', 'any', [('code', '=', 'usage_type')]),"
            " ('attribute_value_ids', 'not any', [('code', '=', 'supply_kv'),"
            " ('number', '>=', 35)]), ('callback_status_ids', 'not any', [('code',"
            " 'in', ['deputy', 'media', 'supervisor'])])]",
        },
    ),
    **_spread(
        "utility",
        "抽样客户应兼顾各用电类型,抽样比例不低于10%",
        policy_sample={"sample_rate": 10},
    ),
    **_spread(
        "value_tier",
        "高价值客户回访频率不少于一次每季度,中价值客户回访频率不少于一次半年,"
        "低价值客户回访频率不少于一次每年",
        policy_high={"period_months": 3},
        policy_medium={"period_months": 6},
        policy_low={"period_months": 12},
    ),
}
