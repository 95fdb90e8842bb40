# The same from a framework.
package Hello;
use Dancer2;

set logger => 'null';
get '/'    => sub { content_type 'text/plain'; 'Hello, World!' };

Hello->to_app;
