// 简体中文

import type { Texts } from "./texts";

export const zhCN: Texts = {
  title: "人机验证",
  human: "我是人类",
  practice: "练习场",
  about: "关于",
  unregistered: "此页面的主机未登记在该 sitekey 下",
  states: {
    idle: "",
    open: "",
    busy: "正在加载…",
    retrying: "没有连接，正在重试…",
    checked: "验证成功",
    expiring: "已验证，20 秒后过期",
    expired: "时间已到，请重新勾选",
  },
  errors: {
    "rate-limited": "尝试次数过多，请稍候",
    "network-error": "没有连接，请重试",
    "invalid-data": "此页面的验证被拒绝",
    "challenge-error": "无法生成题目，请重试",
  },
  failed: "出错了，请重试",
  picture: "题目图片",
  wrong: "回答不正确，请再试一题。",
  lost: "您的回答在途中丢失，请再试一题。",
  soon: "还剩 20 秒。点“换一题”可获得更多时间。",
  close: "关闭",
  refresh: "换一题",
  submit: "提交",
  next: "下一题",
  step: (round, rounds) => `第 ${round} 题，共 ${rounds} 题`,
};
