# What a server may offer beyond PSGI: each extension is looked for before it is used, so that this runs on every Plack server.
use strict;
use warnings;

my $plain = ['Content-Type' => 'text/plain'];
my ($database, $mailed) = (undef, 0);

my %page = (
    # Early hints: the browser fetches the style sheet while the page is made.
    '/hints' => sub {
        my ($env) = @_;
        my $link = '</app.css>; rel=preload; as=style';
        $env->{'psgix.informational'}->(103, [Link => $link]) if $env->{'psgix.informational'};
        return [200, [@$plain, Link => $link], ["A page\n"]];
    },
    # Work after the answer: the client does not wait for it.
    '/order' => sub {
        my ($env) = @_;
        my $mail = sub { $mailed++ };
        if   ($env->{'psgix.cleanup'}) { push @{ $env->{'psgix.cleanup.handlers'} }, $mail }
        else                           { $mail->() }
        return [202, $plain, ["Ordered, $mailed mailed before\n"]];
    },
    # A process of its own for the next request: this one has become too large.
    '/report' => sub {
        my ($env) = @_;
        $env->{'psgix.harakiri.commit'} = 1 if $env->{'psgix.harakiri'};
        return [200, $plain, ["Made by $$\n"]];
    },
    # A connection for the life of a child, closed when that has answered its last request.
    '/data' => sub {
        my ($env) = @_;
        $database ||= do {
            my $end = $env->{'psgix.starlight.shutdown.handlers'};
            push @$end, sub { $env->{'psgi.errors'}->print("Disconnected\n") } if $end;
            'connected';
        };
        return [200, $plain, ["$database\n"]];
    },
    # An entry of the error log with a level, and the name of the request where there is one.
    '/log' => sub {
        my ($env) = @_;
        my $id = $env->{'psgix.request_id'} || 'no name';
        $env->{'psgix.logger'}->({ level => 'warn', message => "Seen in $id" }) if $env->{'psgix.logger'};
        return [200, $plain, ["$id\n"]];
    },
    # The body twice: as it is, and as a form. Where it is not buffered it comes only once.
    '/body' => sub {
        my ($env) = @_;
        return [501, $plain, ["The body can be read once\n"]] unless $env->{'psgix.input.buffered'};
        my $input = $env->{'psgi.input'};
        $input->read(my $raw, $env->{CONTENT_LENGTH} || 0);
        $input->seek(0, 0);
        require Plack::Request;
        my $name = Plack::Request->new($env)->parameters->{name};
        return [200, $plain, [length $raw, " bytes from $name\n"]];
    },
    # Who the client is by its certificate (--ssl-client-ca-file and --ssl-verify-mode).
    '/who' => sub {
        my ($env) = @_;
        my $is_known = ($env->{SSL_CLIENT_VERIFY} || '') eq 'SUCCESS';
        return $is_known ? [200, $plain, ["$env->{SSL_CLIENT_S_DN}\n"]] : [403, $plain, ["No certificate\n"]];
    },
    # Another protocol: the application writes the handshake itself, and speaks until it returns.
    '/lines' => sub {
        my ($env) = @_;
        my $io = $env->{'psgix.io'} or return [426, [@$plain, Upgrade => 'lines'], ["This speaks lines\n"]];
        return sub {
            syswrite $io, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: lines\r\nConnection: Upgrade\r\n\r\n";
            while (defined(my $line = <$io>)) { print {$io} "got $line" }
        };
    },
);

sub {
    my ($env) = @_;
    my $page = $page{ $env->{PATH_INFO} } or return [404, $plain, ["Nothing here\n"]];
    return $page->($env);
};
