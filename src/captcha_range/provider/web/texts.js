// What the widget says. The prompts of challenges come from the provider, in the same language.

const TEXTS = {
  en: {
    human: "I am human",
    practice: "practice range",
    unregistered: "This page's host is not registered for this sitekey",
    states: {
      busy: "Loading",
      checked: "You are verified",
      expired: "Verification expired; check again",
      error: "Something went wrong; try again",
    },
    howPoints: "Click in the picture, or move with the arrow keys and press Enter.",
    howTiles: "Choose every tile that fits.",
    tile: (number, count) => `Tile ${number} of ${count}`,
    picture: "Picture of the challenge",
    surface: "Picture. Arrow keys move the crosshair, with Shift in small steps; Enter sets the mark.",
    at: (x, y) => `Mark set at ${x}, ${y}`,
    wrong: "That was not right. Here is another one.",
    soon: "20 seconds left",
    close: "Close",
    refresh: "New challenge",
    submit: "Verify",
  },
  zh: {
    human: "我是人类",
    practice: "练习场",
    unregistered: "此页面的主机未登记在该 sitekey 下",
    states: { busy: "正在加载", checked: "验证成功", expired: "验证已过期，请重新勾选", error: "出错了，请重试" },
    howPoints: "请在图片上点击，或用方向键移动并按回车键。",
    howTiles: "请选择所有符合的图块。",
    tile: (number, count) => `第 ${number} 块，共 ${count} 块`,
    picture: "题目图片",
    surface: "图片。方向键移动十字线，按住 Shift 微调；回车键确定。",
    at: (x, y) => `已标记 ${x}, ${y}`,
    wrong: "回答不正确，请再试一题。",
    soon: "还剩 20 秒",
    close: "关闭",
    refresh: "换一题",
    submit: "提交",
  },
};

/** The language that the widget speaks for a wish such as `zh-CN`. */
export const languageOf = (wish) => ((wish ?? "").toLowerCase().startsWith("zh") ? "zh" : "en");

export const textsIn = (language) => TEXTS[language];
