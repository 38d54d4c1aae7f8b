"""The table of all commands: what each is called, what it does in one line, and in which module it stands.

A module is loaded when its command is asked for: loading all of them takes longer than everything else that
`jianwei --help` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from jianwei.cli.language import Both
from jianwei.cli.specification import Command, CommandGroup

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Entry:
    """One command. A name of two words belongs to the group of the first; `place` is `module:NAME` in `commands`."""

    name: str
    summary: Both
    place: str

    def load(self) -> Command:
        """Return the command itself."""
        module, _, name = self.place.partition(":")
        command = getattr(import_module(f"jianwei.cli.commands.{module}"), name)
        assert isinstance(command, Command)
        return command

    def is_named_by(self, arguments: Sequence[str]) -> bool:
        """True where the command line may ask for this command: all words of its name stand in it."""
        return set(self.name.split()).issubset(arguments)


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "ingest", Both("Take listings and their pictures into a library.", "把商品及其图片收进库中。"), "ingest:INGEST"
    ),
    Entry(
        "embed",
        Both("Make pictures and titles searchable by meaning.", "为图片和标题生成向量，按含义检索。"),
        "embed:EMBED",
    ),
    Entry("tune", Both("Fit the estimated relevance to judged queries.", "用已标注的查询校准相关度。"), "tune:TUNE"),
    Entry(
        "caption",
        Both(
            "Let a vision-language model describe the pictures, to search what they show.",
            "由视觉语言模型描述图片内容，描述可检索。",
        ),
        "caption:CAPTION",
    ),
    Entry(
        "search",
        Both("Find listings by words, by a picture, or by both.", "按文字、按图片或图文结合查找商品。"),
        "search:SEARCH",
    ),
    Entry("screen", Both("Look for suspected violations.", "筛查疑似违法的商品。"), "screen:SCREEN"),
    Entry("findings", Both("List what screening found.", "列出筛查发现。"), "findings:FINDINGS"),
    Entry("show", Both("Show all that is known of one listing.", "显示一条商品的全部信息。"), "show:SHOW"),
    Entry("stats", Both("Show what is in a library.", "显示库中的内容统计。"), "stats:STATS"),
    Entry(
        "export",
        Both(
            "Write listings to a file for Excel or for another program.",
            "把商品导出为 Excel 表格或其他程序可读的文件。",
        ),
        "export:EXPORT",
    ),
    Entry(
        "sweep",
        Both("Look for every clue of a sheet or folder.", "按线索表或文件夹批量检索，结果写成 Excel。"),
        "sweep:SWEEP",
    ),
    Entry(
        "evidence",
        Both("Write a listing as an evidence package, or check one.", "将商品制成证据包，或校验证据包。"),
        "evidence:EVIDENCE",
    ),
    Entry(
        "groups list",
        Both("List pictures that stand on several listings.", "列出在多条商品中出现的图片。"),
        "groups_list:GROUPS_LIST",
    ),
    Entry(
        "groups show",
        Both("Show all files, sellers and listings of one picture.", "查看一张图片的所有版本、卖家和商品。"),
        "groups_show:GROUPS_SHOW",
    ),
    Entry(
        "groups sellers",
        Both("Show shops that belong together, and why.", "查看相互关联的店铺及关联理由。"),
        "groups_sellers:GROUPS_SELLERS",
    ),
    Entry("groups update", Both("Bring groups up to date now.", "立即更新分组。"), "groups_update:GROUPS_UPDATE"),
    Entry(
        "groups apart",
        Both("Keep two pictures or two shops apart for good.", "把两张图片或两家店铺永久分开。"),
        "groups_apart:GROUPS_APART",
    ),
    Entry(
        "groups together",
        Both("Take back a decision to keep two apart.", "撤销分开两者的决定。"),
        "groups_apart:GROUPS_TOGETHER",
    ),
    Entry(
        "watch add",
        Both("Save a query and look at everything with it.", "保存一个检索条件，并先查一遍全库。"),
        "watch_add:WATCH_ADD",
    ),
    Entry(
        "watch list",
        Both("List the watches and how much is unseen.", "列出全部监控及未读数。"),
        "watch_list:WATCH_LIST",
    ),
    Entry("watch show", Both("Show what a watch looks for.", "查看一个监控的检索条件。"), "watch_list:WATCH_SHOW"),
    Entry(
        "watch run",
        Both("Look at what changed since the last run.", "比对上次运行之后变动的商品。"),
        "watch_list:WATCH_RUN",
    ),
    Entry(
        "watch hits",
        Both("Show what a watch found, newest first.", "查看监控的命中，最新的在前。"),
        "watch_hits:WATCH_HITS",
    ),
    Entry("watch seen", Both("Mark hits as seen.", "把命中标为已读。"), "watch_hits:WATCH_SEEN"),
    Entry(
        "watch remove", Both("Remove a watch with its hits.", "删除一个监控及其命中记录。"), "watch_list:WATCH_REMOVE"
    ),
    Entry(
        "evaluate", Both("Measure how good search is, by judgements.", "用判断数据衡量检索效果。"), "evaluate:EVALUATE"
    ),
    Entry(
        "doctor",
        Both(
            "Check what works on this machine and how to turn on the rest.", "检查本机各项功能是否可用，以及如何开启。"
        ),
        "doctor:DOCTOR",
    ),
    Entry(
        "reindex",
        Both("Build the search indexes anew from the catalog.", "根据目录数据重建检索索引。"),
        "reindex:REINDEX",
    ),
    Entry("serve", Both("Open the desk: web pages and an HTTP API.", "启动工作台：网页与 HTTP API。"), "serve:SERVE"),
    Entry("accounts add", Both("Make an account.", "新建账号。"), "accounts:ACCOUNTS_ADD"),
    Entry(
        "accounts link",
        Both("Make a new link that sets a password.", "生成设置密码的新链接。"),
        "accounts:ACCOUNTS_LINK",
    ),
    Entry("accounts list", Both("Show the accounts.", "列出账号。"), "accounts:ACCOUNTS_LIST"),
    Entry(
        "audit verify",
        Both("Check that the audit log was not changed.", "校验审计日志未被改动。"),
        "audit_verify:AUDIT_VERIFY",
    ),
    Entry("backup", Both("Copy a library, also while it is in use.", "备份一个库，使用中也可以。"), "backup:BACKUP"),
    Entry("restore", Both("Make a library of a backup.", "用备份恢复一个库。"), "backup:RESTORE"),
    Entry(
        "migrate",
        Both("Copy the catalog into a database, or back into a file.", "把目录库复制到数据库，或复制回文件。"),
        "migrate:MIGRATE",
    ),
    Entry("train", Both("Fine-tune an encoder on your own listings.", "用自己的商品数据微调编码模型。"), "train:TRAIN"),
    Entry(
        "probe",
        Both(
            "Learn from known cases how violations read and look.",
            "从已知案例学习违法特征，无需 GPU。",
        ),
        "probe:PROBE",
    ),
    Entry(
        "models list",
        Both("List the models that are here and those that can be pulled.", "列出已安装的模型和可按名称下载的模型。"),
        "models_list:MODELS_LIST",
    ),
    Entry(
        "models pull",
        Both("Bring a model here from a folder, a cache or a hub.", "从本地文件夹、缓存或模型站点获取模型。"),
        "models_pull:MODELS_PULL",
    ),
    Entry(
        "models import",
        Both("Make a model of files that are on this machine.", "用本机上的文件生成模型。"),
        "models_import:MODELS_IMPORT",
    ),
    Entry(
        "models info",
        Both("Show all that is known of one model, and check its files.", "显示一个模型的全部信息，并检查其文件。"),
        "models_info:MODELS_INFO",
    ),
    Entry(
        "models bench",
        Both("Measure how fast a model runs on this machine.", "测量模型在本机上的运行速度。"),
        "models_bench:MODELS_BENCH",
    ),
    Entry(
        "models remove", Both("Remove a model from this machine.", "从本机删除模型。"), "models_remove:MODELS_REMOVE"
    ),
    Entry("cases list", Both("List known violations.", "列出已知案例。"), "cases:CASES_LIST"),
    Entry("cases import", Both("Take known violations into the library.", "导入已知案例。"), "cases:CASES_IMPORT"),
    Entry(
        "cases near",
        Both("Show the known violations that a listing is like.", "查找与某商品相似的已知案例。"),
        "cases:CASES_NEAR",
    ),
    Entry(
        "rules list",
        Both("List the categories and how many rules each has.", "列出违法类型及规则数量。"),
        "rules:RULES_LIST",
    ),
    Entry(
        "rules check",
        Both("Check every rule file and run every example.", "检查全部规则文件并运行全部样例。"),
        "rules:RULES_CHECK",
    ),
    Entry("rules show", Both("Show the rules of a category.", "显示某一类别的规则。"), "rules:RULES_SHOW"),
    Entry("rules test", Both("Try the rules on a text.", "用一段文字试运行规则。"), "rules:RULES_TEST"),
)
GROUPS: tuple[CommandGroup, ...] = (
    CommandGroup(
        name="cases",
        summary=Both("Known violations, and what is like them.", "已知违法案例，以及与之相似的商品。"),
        details=Both(
            "A case is a listing that an authority or a reviewer has found to be a violation, with its type, keywords, "
            "basis and description. Listings are compared with cases by pictures, words and meaning.",
            "案例是经主管部门或审核人员认定违法的商品，含违法类型、关键词、依据和说明。可按图片、文字和含义将商品与案例比对。",
        ),
    ),
    CommandGroup(
        name="groups",
        summary=Both(
            "Pictures that are one picture, and shops that belong together.",
            "把同一张图片归为一组，找出相互关联的店铺。",
        ),
        details=Both(
            "Groups are brought up to date by themselves after an ingest, when they are next asked for. What a "
            "reviewer keeps apart stays apart.",
            "导入之后，下次查询时分组会自动更新。人工分开的图片或店铺，以后也不会再归到一起。",
        ),
    ),
    CommandGroup(
        name="watch",
        summary=Both(
            "Saved queries that every ingest is held against.", "常驻监控：保存检索条件，每次导入后自动比对新商品。"
        ),
        details=Both(
            "A watch first looks at everything that is there, then after every ingest at what is new or changed. Each "
            "listing is recorded once, with the reason, the relevance and the time.",
            "监控创建时先查一遍全库，之后每次导入只查新增或变动的商品。每条商品只记录一次，附理由、相关度和时间。",
        ),
    ),
    CommandGroup(
        name="models",
        summary=Both(
            "The encoder models that let words find pictures by what they show.", "编码模型：让文字按画面含义找到图片。"
        ),
        details=Both(
            "One folder for each model, in the folder that JIANWEI_MODELS names. Without any model everything else "
            "works; after pulling one, jianwei embed makes the vectors of a library.",
            "每个模型一个文件夹，位于环境变量 JIANWEI_MODELS 指定的目录。没有模型时其他功能照常可用；"
            "下载模型后，用 jianwei embed 为库生成向量。",
        ),
    ),
    CommandGroup(
        name="rules",
        summary=Both("The rules that listings are screened by.", "筛查商品所用的规则。"),
        details=Both(
            "YAML files, one for each type of violation, with the articles of law and the days on which they hold. "
            "Your own stand in the folder that JIANWEI_RULES_FOLDER names, or in the folder rules of the library; "
            "docs/rules.md tells how they are written.",
            "规则是 YAML 文件，每个违法类型一个，写明法律条款及其有效期间。自己的规则放在环境变量 JIANWEI_RULES_FOLDER "
            "指定的文件夹，或库的 rules 文件夹中；写法见 docs/rules.zh.md。",
        ),
    ),
    CommandGroup(
        name="accounts",
        summary=Both("The accounts of a desk.", "工作台的账号。"),
        details=Both(
            "For the first administrator of a desk that other machines reach, and for whoever has lost a password. "
            "Everything else is on the page Administration.",
            "用于为对外的工作台创建首个管理员，或找回密码。其余操作在“管理”页面进行。",
        ),
    ),
    CommandGroup(
        name="audit",
        summary=Both("The audit log of a desk.", "工作台的审计日志。"),
        details=Both(
            "The log tells who searched, looked, exported and decided what.", "日志记录谁检索、查看、导出和处理了什么。"
        ),
    ),
)
