truth.metrics_level AS true_metrics,
    truth.economic_buyer_level AS true_economic_buyer,
    truth.decision_criteria_level AS true_decision_criteria,
    truth.decision_process_level AS true_decision_process,
    truth.paper_process_level AS true_paper_process,
    truth.identify_pain_level AS true_identify_pain,
    truth.champion_level AS true_champion,
    truth.competition_level AS true_competition
