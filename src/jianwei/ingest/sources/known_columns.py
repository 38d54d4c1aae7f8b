"""The column and key names by which sheets and crawlers call the fields of a listing.

Compared without case, width, blanks and punctuation. A name that is not here needs one line in a mapping.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.records import PictureRole

# In order of preference: where several columns of a record fit, the first one that says something counts.
COLUMNS_BY_FIELD: dict[str, tuple[str, ...]] = {
    "listing_id": ("listing_id",),
    "product_code": (
        "product_code", "商品编号", "商品编码", "商品id", "商品货号", "产品编号", "宝贝id", "product_id",
        "item_id", "goods_id", "num_iid", "sku_id", "sku", "asin", "spu_id", "货号", "编号", "编码", "id",
    ),
    "title": (
        "title", "product_name", "商品标题", "标题", "商品名称", "商品名", "宝贝标题", "宝贝名称", "产品名称",
        "产品标题", "品名", "名称", "item_title", "product_title", "goods_name", "item_name", "name", "subject",
    ),
    "price": (
        "price", "product_price", "价格", "商品价格", "售价", "现价", "销售价", "到手价", "券后价", "促销价",
        "单价", "金额", "sale_price", "current_price", "item_price", "goods_price",
    ),
    "shop": (
        "shop", "店铺", "店铺名称", "店铺名", "商家", "商家名称", "卖家", "卖家名称", "卖家昵称", "网店名称",
        "shop_name", "store", "store_name", "seller", "seller_name", "merchant", "vendor", "nick",
    ),
    "url": (
        "url", "product_url", "链接", "商品链接", "商品网址", "网址", "商品地址", "详情链接", "宝贝链接",
        "产品链接", "item_url", "detail_url", "goods_url", "link", "href",
    ),
    "platform": (
        "platform", "平台", "平台名称", "电商平台", "所属平台", "来源平台", "网站", "platform_name", "site",
    ),
    "category": (
        "category", "类目", "商品类目", "分类", "商品分类", "类别", "商品类别", "品类", "category_name",
        "product_category", "cat", "cate",
    ),
    "captured_at": (
        "captured_at", "timestamp", "采集时间", "抓取时间", "爬取时间", "取证时间", "监测时间", "采集日期",
        "抓取日期", "时间", "crawl_time", "crawled_at", "capture_time", "fetch_time", "scraped_at", "time", "date",
    ),
    "intro": (
        "intro", "product_intro", "商品介绍", "产品介绍", "介绍", "商品简介", "简介", "商品描述", "描述",
        "description", "desc",
    ),
    "spec": (
        "spec", "product_spec", "规格", "规格参数", "商品参数", "产品参数", "参数", "商品属性", "属性", "specs",
        "specification", "attributes", "params", "props",
    ),
    "case": ("case",),
    "illegal_type": ("illegal_type", "违法类型", "违规类型", "违法类别", "违规类别"),
    "illegal_keywords": (
        "illegal_keywords", "违法关键词", "违规关键词", "违法词", "违规词", "违法用语", "违禁词", "敏感词",
    ),
    "illegal_basis": ("illegal_basis", "违法依据", "违规依据", "法律依据", "处罚依据", "认定依据"),
    "illegal_description": (
        "illegal_description", "违法描述", "违规描述", "违法事实", "违规事实", "违法情形", "违规说明",
    ),
}  # fmt: skip

COLUMNS_BY_ROLE: dict[PictureRole, tuple[str, ...]] = {
    "main": (
        "pictures", "picture", "product_images", "product_image", "主图", "商品主图", "主图链接", "主图地址",
        "图片", "商品图片", "图片链接", "图片地址", "图片路径", "图片url", "主图url", "轮播图", "封面", "images",
        "image", "image_url", "image_urls", "image_path", "image_paths", "img", "imgs", "img_url", "img_urls",
        "pic", "pics", "pic_url", "pic_urls", "picture_url", "main_image", "main_images", "main_picture",
        "main_pictures", "main_image_url", "cover", "photo", "photos",
    ),
    "detail": (
        "详情图", "商品详情图", "详情图片", "详情页图片", "详情页", "描述图", "描述图片", "长图", "详情图链接",
        "detail_images", "detail_image", "detail_pictures", "detail_picture", "detail_imgs", "detail_img",
        "desc_images", "desc_imgs", "description_images", "intro_images",
    ),
    "sku": (
        "sku图", "sku图片", "规格图", "规格图片", "颜色图", "sku_images", "sku_image", "sku_pictures", "sku_imgs",
    ),
    "other": ("其他图片", "其它图片", "资质图", "资质图片", "评论图", "评价图", "other_images", "other_pictures"),
}  # fmt: skip

FIELD_NAMES = tuple(COLUMNS_BY_FIELD)
