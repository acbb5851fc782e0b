# Lời trên các trang của cổng, tiếng Việt. Đây là bản gốc; en.ftl phải có đúng những khóa này.
# Người dịch chỉ sửa phần sau dấu "=". Phần trong { } là chỗ trống do chương trình điền vào.

## Khung trang
portal-name = Cổng xác thực tập trung
page-title = { $title } – { $portal }, { $province }
skip-to-content = Đến phần chính của trang
footer-label = Thông tin về cổng
footer-password = Cổng này không bao giờ hỏi mật khẩu của bạn. Bạn chỉ nhập mật khẩu trên trang hoặc ứng dụng của nơi định danh, ví dụ VNeID.
reference-label = Mã tham chiếu
reference-help = Khi cần hỗ trợ, hãy đọc mã này cho cán bộ hỗ trợ.
application-label = Ứng dụng
legal-entity-label = Cơ quan chịu trách nhiệm
website-label = Địa chỉ
what-to-do = Bạn có thể làm gì
back-to-client = Quay lại { $client }
try-again = Đăng nhập lại
open-client = Mở { $client }
back-to-application = Quay lại ứng dụng
open-services = Đến trang dịch vụ của tỉnh

## Chọn nơi định danh
choose-title = Chọn cách đăng nhập
choose-lead = Bạn đang đăng nhập vào { $client }. Hãy chọn nơi xác nhận bạn là ai.
choose-list = Các cách đăng nhập
choose-cancel = Không đăng nhập nữa

## Thông tin và đồng ý
information-title = Thông tin sẽ chuyển cho { $client }
information-lead = Bạn đã xác thực xong. Trước khi đưa bạn trở lại, cổng cho bạn biết thông tin nào được chuyển, cho ai và để làm gì.
information-basis-note = Việc chuyển thông tin này dựa trên quy định của pháp luật nên không cần bạn đồng ý. Bạn vẫn có thể dừng lại và không đăng nhập.
information-approve = Tiếp tục
information-deny = Không đăng nhập
consent-title = { $client } xin phép nhận thông tin của bạn
consent-lead = Bạn đã xác thực xong. Ứng dụng chỉ nhận được thông tin dưới đây nếu bạn đồng ý.
consent-basis-note = Bạn có quyền từ chối. Nếu từ chối, bạn sẽ trở lại ứng dụng mà không đăng nhập và không thông tin nào được chuyển.
consent-approve = Đồng ý
consent-deny = Từ chối
consent-person = Đã xác thực: { $person }, qua { $provider }
consent-provider = Đã xác thực qua { $provider }
consent-who = Ai nhận thông tin
consent-purpose-label = Mục đích
consent-basis-label = Căn cứ pháp lý
consent-claims = Thông tin được chuyển
consent-no-claims = Không có thông tin cá nhân nào được chuyển.
consent-pairwise = Ứng dụng còn nhận một mã riêng để nhận ra bạn ở lần sau. Mã này chỉ dùng cho cơ quan nói trên và không phải số định danh cá nhân của bạn.
consent-sensitive-mark = Cần giữ kín
consent-sensitive-note = Mục có dấu “Cần giữ kín” có thể dùng để nhận ra bạn ở nhiều nơi. Chỉ tiếp tục nếu bạn tin cơ quan nhận.

## Từng loại thông tin
claim-name = Họ và tên
claim-name-about = Như ghi trong tài khoản định danh của bạn
claim-birthdate = Ngày sinh
claim-birthdate-about = Ngày, tháng, năm sinh
claim-gender = Giới tính
claim-gender-about = Như ghi trong tài khoản định danh của bạn
claim-email = Thư điện tử
claim-email-about = Địa chỉ thư để cơ quan liên hệ với bạn
claim-email_verified = Thư điện tử đã xác minh
claim-email_verified-about = Địa chỉ thư có được kiểm tra là của bạn hay chưa
claim-updated_at = Ngày cập nhật
claim-updated_at-about = Thông tin của bạn được cập nhật lần cuối khi nào
claim-phone_number = Số điện thoại
claim-phone_number-about = Số đã đăng ký với tài khoản định danh
claim-address = Địa chỉ
claim-address-about = Nơi thường trú hoặc nơi ở hiện tại
claim-vn_citizen_id = Số định danh cá nhân
claim-vn_citizen_id-about = Dãy 12 chữ số trên thẻ căn cước của bạn
claim-vn_account_level = Mức độ tài khoản định danh
claim-vn_account_level-about = Mức độ 1 hoặc mức độ 2, cho biết tài khoản đã được xác minh thế nào
claim-vn_account_type = Loại tài khoản
claim-vn_account_type-about = Cá nhân hoặc tổ chức
claim-vn_agency = Cơ quan công tác
claim-vn_agency-about = Mã cơ quan mà bạn đang giữ chức vụ
claim-vn_officer = Mã cán bộ
claim-vn_officer-about = Mã của bạn trong danh sách cán bộ, ghi vào nhật ký khi tra cứu qua trục dữ liệu
claim-acr = Mức độ xác thực
claim-acr-about = Lần đăng nhập này chắc chắn đến đâu, không có thông tin riêng về bạn
claim-other = Thông tin khác ({ $name })
claim-other-about = Thông tin ứng dụng này được phép nhận theo đăng ký

## Chưa đủ mức độ
unmet-account-title = Tài khoản của bạn chưa đủ mức độ
unmet-account-needed = { $client } cần tài khoản định danh điện tử mức độ { $needed }.
unmet-account-has = Tài khoản bạn vừa dùng có mức độ { $has }.
unmet-account-none = Tài khoản bạn vừa dùng không cho biết mức độ định danh.
unmet-account-do = Hãy mang thẻ căn cước đến Công an xã, phường nơi bạn ở hoặc cơ quan quản lý căn cước để nâng tài khoản lên mức độ { $needed }. Sau khi được duyệt, bạn đăng nhập lại như bình thường.
unmet-account-none-do = Hãy đăng nhập lại bằng tài khoản định danh điện tử VNeID mức độ { $needed }. Nếu tài khoản VNeID của bạn chưa đạt mức độ đó, hãy mang thẻ căn cước đến Công an xã, phường nơi bạn ở để nâng mức.
unmet-auth-title = Lần đăng nhập này chưa đủ mức độ xác thực
unmet-auth-needed = { $client } cần xác thực ở mức độ { $needed }.
unmet-auth-has = Lần đăng nhập vừa rồi chỉ đạt mức độ { $has }.
unmet-auth-none = Nơi định danh không cho biết lần đăng nhập vừa rồi đạt mức độ nào.
unmet-auth-do = Nếu có cách đăng nhập khác mạnh hơn, chẳng hạn dùng thêm khuôn mặt hoặc vân tay, hãy chọn cách đó. Nếu không, hãy liên hệ cơ quan quản lý ứng dụng để được phục vụ trực tiếp.
unmet-no-data = Chưa có thông tin nào của bạn được chuyển cho ứng dụng.
unmet-other-provider = Chọn cách đăng nhập khác

## Lỗi
error-unknown-client-title = Không nhận ra ứng dụng này
error-unknown-client-what = Trang bạn vừa mở đã gửi đến cổng một mã ứng dụng chưa được đăng ký.
error-unknown-client-do = Hãy mở ứng dụng từ địa chỉ chính thức của cơ quan. Nếu vẫn gặp trang này, hãy báo cho cơ quan quản lý ứng dụng, kèm mã tham chiếu.
error-redirect-uri-title = Địa chỉ quay về không đúng
error-redirect-uri-what = Ứng dụng yêu cầu đưa bạn đến một địa chỉ chưa được đăng ký với cổng. Để bảo vệ bạn, cổng đã dừng lại và không gửi thông tin nào đi.
error-redirect-uri-do = Hãy tự mở ứng dụng từ địa chỉ chính thức của cơ quan, đừng đi theo liên kết lạ trong tin nhắn hay thư. Nếu vẫn gặp trang này, hãy báo cho cơ quan quản lý ứng dụng, kèm mã tham chiếu.
error-bad-request-title = Yêu cầu đăng nhập không hợp lệ
error-bad-request-what = Cổng nhận được một yêu cầu không đúng quy cách (tham số “{ $parameter }”). Bạn không làm gì sai.
error-bad-request-do = Hãy quay lại ứng dụng và thử lại. Nếu vẫn gặp trang này, hãy báo cho cơ quan quản lý ứng dụng, kèm mã tham chiếu.
error-login-expired-title = Lần đăng nhập này đã hết hạn
error-login-expired-what = Mỗi lần đăng nhập chỉ có hiệu lực trong ít phút. Lần này đã quá thời hạn hoặc đã kết thúc, nên cổng dừng lại để giữ an toàn cho bạn.
error-login-expired-do = Hãy quay lại ứng dụng và đăng nhập lại từ đầu.
error-login-elsewhere-title = Lần đăng nhập này không bắt đầu ở đây
error-login-elsewhere-what = Cổng chỉ nhận kết quả đăng nhập ở đúng trình duyệt đã bắt đầu. Trang này cũng hiện ra khi cookie đã bị xóa hoặc bị chặn.
error-login-elsewhere-do = Hãy mở ứng dụng trong trình duyệt này và đăng nhập lại từ đầu. Nếu ai đó gửi liên kết này cho bạn, đừng tiếp tục: họ có thể đang tìm cách mạo danh.
error-callback-replayed-title = Kết quả đăng nhập này đã được dùng
error-callback-replayed-what = Mỗi kết quả đăng nhập chỉ dùng được một lần. Có thể bạn vừa bấm nút Quay lại của trình duyệt hoặc tải lại trang.
error-callback-replayed-do = Hãy mở lại ứng dụng. Nếu lần trước đã thành công thì bạn vẫn đang đăng nhập; nếu chưa, hãy đăng nhập lại từ đầu.
error-provider-down-title = Nơi định danh chưa trả lời
error-provider-down-what = Cổng không liên lạc được với hệ thống định danh bạn đã chọn. Sự cố không nằm ở máy của bạn.
error-provider-down-do = Hãy đợi vài phút rồi thử lại, hoặc chọn cách đăng nhập khác nếu ứng dụng cho phép.
error-provider-refused-title = Nơi định danh từ chối yêu cầu
error-provider-refused-what = Hệ thống định danh bạn đã chọn không chấp nhận yêu cầu của cổng. Bạn không làm gì sai và chưa được đăng nhập.
error-provider-refused-do = Hãy thử lại sau, hoặc chọn cách đăng nhập khác. Nếu vẫn gặp trang này, hãy liên hệ bộ phận hỗ trợ, kèm mã tham chiếu.
error-provider-declined-title = Bạn chưa đăng nhập
error-provider-declined-what = Việc xác thực đã được dừng lại ở nơi định danh. Không thông tin nào của bạn được chuyển đi.
error-provider-declined-do = Nếu bạn vẫn muốn đăng nhập, hãy quay lại ứng dụng và bắt đầu lại.
error-provider-message-title = Không thể xác nhận kết quả đăng nhập
error-provider-message-what = Trả lời của hệ thống định danh không qua được bước kiểm tra của cổng, nên bạn chưa được đăng nhập.
error-provider-message-do = Hãy quay lại ứng dụng và đăng nhập lại. Nếu vẫn gặp trang này, hãy liên hệ bộ phận hỗ trợ, kèm mã tham chiếu.
error-overloaded-title = Cổng đang có quá nhiều người dùng
error-overloaded-what = Lúc này có quá nhiều yêu cầu cùng lúc nên cổng chưa phục vụ bạn được.
error-overloaded-do = Hãy đợi khoảng một phút rồi tải lại trang.
error-too-large-title = Yêu cầu quá lớn
error-too-large-what = Trình duyệt hoặc ứng dụng đã gửi nhiều dữ liệu hơn mức cổng nhận.
error-too-large-do = Hãy quay lại ứng dụng và đăng nhập lại từ đầu.
error-timeout-title = Quá lâu chưa có trả lời
error-timeout-what = Cổng đã chờ quá thời gian cho phép nên dừng yêu cầu này lại.
error-timeout-do = Hãy kiểm tra kết nối mạng, rồi quay lại ứng dụng và thử lại.
error-not-found-title = Không có trang này
error-not-found-what = Địa chỉ bạn mở không có trên cổng. Có thể địa chỉ bị gõ sai hoặc chép thiếu.
error-not-found-do = Cổng chỉ dùng để đăng nhập vào các ứng dụng của tỉnh. Hãy mở ứng dụng bạn cần và bấm Đăng nhập ở đó.
error-method-not-allowed-title = Không thể mở trang này theo cách đó
error-method-not-allowed-what = Địa chỉ này là một bước trong quá trình đăng nhập, không mở riêng được.
error-method-not-allowed-do = Hãy quay lại ứng dụng và đăng nhập lại từ đầu.
error-internal-title = Cổng đang gặp sự cố
error-internal-what = Đã có lỗi ở phía cổng. Bạn không làm gì sai, và cổng đã dừng lại một cách an toàn.
error-internal-do = Hãy thử lại sau vài phút. Nếu vẫn gặp trang này, hãy liên hệ bộ phận hỗ trợ, kèm mã tham chiếu.

## Đăng xuất
sign-out-title = Bạn muốn đăng xuất?
sign-out-person = Bạn đang đăng nhập với tên { $person }.
sign-out-asked-by = Yêu cầu đến từ { $client }.
sign-out-what = Khi đăng xuất, phiên đăng nhập của bạn tại cổng sẽ kết thúc. Lần sau bạn phải xác thực lại.
sign-out-approve = Đăng xuất
sign-out-stay = Nếu không muốn đăng xuất, bạn chỉ cần đóng trang này.
signed-out-title = Bạn đã đăng xuất
signed-out-what = Phiên đăng nhập của bạn tại cổng đã kết thúc.
signed-out-shared = Nếu đây là máy dùng chung, hãy đóng hết các cửa sổ trình duyệt.
signed-out-upstream = Bạn có thể vẫn còn phiên đăng nhập ở { $provider }.
signed-out-upstream-link = Đăng xuất khỏi { $provider }
