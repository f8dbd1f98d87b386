"""Addresses of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from mapapp.views import (
    answering,
    comparing,
    countries,
    crawlers,
    design,
    downloads,
    embeds,
    evaluation_rounds,
    evaluations,
    feed,
    frameworks,
    health,
    health_boards,
    institutions,
    links,
    maps,
    pages,
    partnerships,
    planning,
    resources,
    statistics,
    suggesting,
    suggestion_links,
    suggestions,
    topics,
)

urlpatterns = [
    path("", pages.home, name="home"),
    path("partnerships/", partnerships.partnership_list, name="partnership_list"),
    path("partnerships/map/", partnerships.partnership_map, name="partnership_map"),
    path("partnerships/suggest/", suggestions.suggest, name="suggest"),
    path("partnerships/map.json", maps.partnership_map_data, name="partnership_map_data"),
    path("partnerships/map/countries.json", maps.map_countries, name="map_countries"),
    path("partnerships/at/", maps.partnerships_at, name="partnerships_at"),
    path("partnerships/feed/", feed.partnership_feed, name="partnership_feed"),
    path("partnerships/<slug:slug>/", partnerships.partnership_detail, name="partnership_detail"),
    path(
        "partnerships/<slug:slug>/history/",
        partnerships.partnership_history,
        name="partnership_history",
    ),
    path("partnerships/<slug:slug>/suggest/", suggesting.suggest_change, name="suggest_change"),
    path("suggest/", suggesting.suggest_new, name="suggest_new"),
    path(
        "suggest/confirm/<uuid:attempt>/",
        suggestion_links.suggestion_confirm,
        name="suggestion_confirm",
    ),
    path(
        "suggest/follow/<str:token>/", suggestion_links.suggestion_follow, name="suggestion_follow"
    ),
    path(
        "suggest/follow/<str:token>/again/",
        suggestion_links.suggestion_mend,
        name="suggestion_mend",
    ),
    path("institutions/", institutions.institution_list, name="institution_list"),
    path("institutions/<slug:slug>/", institutions.institution_detail, name="institution_detail"),
    path("countries/", countries.country_list, name="country_list"),
    path("countries/<slug:alpha2>/", countries.country_detail, name="country_detail"),
    path("find-your-champion/", pages.find_champion, name="find_champion"),
    path("health-boards/", health_boards.health_board_list, name="health_board_list"),
    path(
        "health-boards/<slug:slug>/", health_boards.health_board_detail, name="health_board_detail"
    ),
    path("topics/", topics.topic_list, name="topic_list"),
    path("topics/<slug:code>/", topics.topic_detail, name="topic_detail"),
    path("principles/", frameworks.framework_list, name="framework_list"),
    path("principles/<slug:code>/<str:version>/", frameworks.framework, name="framework"),
    path(
        "principles/<slug:code>/<str:version>/<slug:principle>/",
        frameworks.principle,
        name="principle",
    ),
    path("resources/", resources.resource_list, name="resource_list"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("statistics.csv", statistics.statistics_csv, name="statistics_csv"),
    path("evaluation-rounds/", evaluation_rounds.round_list, name="round_list"),
    path("evaluation-rounds/<slug:slug>/", evaluation_rounds.round_report, name="round_report"),
    path("evaluation-rounds/<slug:slug>.csv", evaluation_rounds.round_csv, name="round_csv"),
    path("about/", pages.about, name="about"),
    path("privacy/", pages.privacy, name="privacy"),
    path("sources/", pages.sources, name="sources"),
    path("for-partners/", pages.for_partners, name="for_partners"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("embed/", embeds.embed_generator, name="embed_generator"),
    path("embed/map/", embeds.embed_map, name="embed_map"),
    path("embed/list/", embeds.embed_list, name="embed_list"),
    path("api/", RedirectView.as_view(pattern_name="for_partners"), name="api"),
    path("api/v1/", include("mapapp.api.urls")),
    path("partnerships.csv", downloads.as_csv, name="partnerships_csv"),
    path("partnerships.xlsx", downloads.as_xlsx, name="partnerships_xlsx"),
    path("partnerships.geojson", downloads.as_geojson, name="partnerships_geojson"),
    path("accounts/", include("mapapp.account_urls")),
    path("l/<slug:token>/", links.answer_link, name="answer_link"),
    path("l/<slug:token>/change/", links.answer_change, name="answer_change"),
    path("unsubscribe/<slug:token>/", links.unsubscribe, name="unsubscribe"),
    path("checklists/<slug:token>/", answering.checklist_start, name="checklist_start"),
    path("checklists/<slug:token>/paper/", answering.checklist_paper, name="checklist_paper"),
    path("checklists/<slug:token>/review/", answering.checklist_review, name="checklist_review"),
    path("checklists/<slug:token>/<int:number>/", answering.checklist_page, name="checklist_page"),
    path("evaluations/<slug:token>/", evaluations.evaluation_start, name="evaluation_start"),
    path(
        "evaluations/<slug:token>/<int:number>/",
        evaluations.evaluation_page,
        name="evaluation_page",
    ),
    path(
        "evaluations/<slug:token>/review/",
        evaluations.evaluation_review,
        name="evaluation_review",
    ),
    path(
        "evaluations/<slug:token>/report/",
        evaluation_rounds.evaluation_report,
        name="evaluation_report",
    ),
    path(
        "evaluations/<slug:token>/report.csv",
        evaluation_rounds.evaluation_csv,
        name="evaluation_csv",
    ),
    path("evaluations/<slug:token>/paper/", evaluations.evaluation_paper, name="evaluation_paper"),
    path(
        "checklists/<slug:token>/comparison/",
        comparing.checklist_comparison,
        name="checklist_comparison",
    ),
    path(
        "checklists/<slug:token>/comparison/<int:number>/",
        comparing.checklist_agreed,
        name="checklist_agreed",
    ),
    path("checklists/<slug:token>/plan/", planning.checklist_plan, name="checklist_plan"),
    path(
        "checklists/<slug:token>/plan/add/",
        planning.checklist_action_add,
        name="checklist_action_add",
    ),
    path(
        "checklists/<slug:token>/plan/<int:number>/",
        planning.checklist_action,
        name="checklist_action",
    ),
    path("checklists/<slug:token>/since/", comparing.checklist_trend, name="checklist_trend"),
    path(
        "checklists/<slug:token>/agreement/",
        comparing.checklist_agreement,
        name="checklist_agreement",
    ),
    path("design/", design.design, name="design"),
    path("robots.txt", crawlers.robots, name="robots"),
    path("sitemap.xml", crawlers.sitemap_index, name="sitemap"),
    path("sitemap-<slug:name>.xml", crawlers.sitemap_part, name="sitemap_part"),
    path("favicon.ico", crawlers.favicon, name="favicon"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "mapapp.views.errors.bad_request"
handler403 = "mapapp.views.errors.forbidden"
handler404 = "mapapp.views.errors.page_not_found"
handler429 = "mapapp.views.errors.too_many_attempts"  # allauth looks for it here
handler500 = "mapapp.views.errors.server_error"
