// 繁體中文

import type { Texts } from "./texts";

export const zhTW: Texts = {
  title: "人機驗證",
  human: "我是人類",
  practice: "練習場",
  about: "關於",
  unregistered: "此頁面的主機未登記在該 sitekey 下",
  states: {
    idle: "",
    open: "",
    busy: "載入中…",
    retrying: "沒有連線，正在重試…",
    checked: "驗證成功",
    expiring: "已驗證，20 秒後過期",
    expired: "時間已到，請重新勾選",
  },
  errors: {
    "rate-limited": "嘗試次數過多，請稍候",
    "network-error": "沒有連線，請重試",
    "invalid-data": "此頁面的驗證被拒絕",
    "challenge-error": "無法產生題目，請重試",
  },
  failed: "發生錯誤，請重試",
  picture: "題目圖片",
  wrong: "回答不正確，請再試一題。",
  lost: "您的回答在途中遺失，請再試一題。",
  soon: "還剩 20 秒。點「換一題」可獲得更多時間。",
  close: "關閉",
  refresh: "換一題",
  submit: "送出",
  next: "下一題",
  step: (round, rounds) => `第 ${round} 題，共 ${rounds} 題`,
};
