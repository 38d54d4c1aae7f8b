"""What reasons of failures are called in Chinese, beside the code that programs and docs/sources.md know them by."""

from __future__ import annotations

_CHINESE = {
    "bad-data-uri": "data URI 有误",
    "bad-location": "位置写法有误",
    "bad-response": "服务器应答异常",
    "bad-url": "网址不可用",
    "broken-archive": "压缩包损坏",
    "broken-json": "JSON 有误",
    "broken-picture": "表格内图片损坏",
    "broken-row": "行格式有误",
    "caption-failed": "图片描述失败",
    "connection-failed": "无法连接",
    "damaged": "图片损坏",
    "duplicate-id": "编号重复",
    "embed-failed": "生成向量失败",
    "empty": "空文件",
    "empty-record": "记录没有内容",
    "encrypted": "有密码保护",
    "foreign-price": "价格不是人民币",
    "incomplete": "图片末尾缺失",
    "linked-folder": "未进入的文件夹链接",
    "no-id": "缺少编号",
    "not-a-file": "不是文件",
    "not-a-picture": "不是图片",
    "not-an-object": "不是 JSON 对象",
    "not-computed": "公式没有计算结果",
    "not-found": "找不到图片",
    "ocr-failed": "文字识别失败",
    "opinion-failed": "第二意见失败",
    "out-of-memory": "内存不足",
    "outside-source": "在来源文件夹之外",
    "permission-denied": "没有权限",
    "private-address": "内网地址",
    "proxy-refused": "代理未放行",
    "read-error": "读取失败",
    "sheet-left-out": "未读取的工作表",
    "timeout": "超时",
    "tls-failed": "证书不可信",
    "too-large": "图片过大",
    "too-long": "行过长",
    "too-many-cells": "单元格多于表头",
    "too-many-redirects": "重定向过多",
    "truncated": "图片不完整",
    "unclosed-quote": "引号未闭合",
    "undecodable": "编码不一致",
    "undecodable-name": "文件名编码有误",
    "unexpected": "意外错误",
    "unknown-host": "找不到主机",
    "unread-price": "价格无法识别",
    "unread-time": "时间无法识别",
    "unreadable-file": "文件无法读取",
    "unreadable-folder": "文件夹无法读取",
}


def reason_in_chinese(reason: str) -> str:
    """Return a reason with its Chinese name before the code; the code alone where it has none."""
    if reason.startswith("http-"):
        return f"服务器返回错误（{reason}）"
    name = _CHINESE.get(reason)
    return reason if name is None else f"{name}（{reason}）"
