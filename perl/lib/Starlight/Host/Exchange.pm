package Starlight::Host::Exchange;

# One request and its response, in the child that has it.
use strict;
use warnings;
use Scalar::Util ();
use Starlight::Host::Connection ();
use Starlight::Host::Errors ();
use Starlight::Host::Frames;
use Starlight::Host::Input ();
use Starlight::Host::Response ();
use Starlight::Host::State ();
use Starlight::Host::Writer ();

# Up to here a response is one frame, of which its text is a part.
use constant WHOLE_BYTES => 262_144;
# Between two of these the child looks whether its client is still there.
use constant PIECE_BYTES => 1024 * 1024;

our (%IS_OPEN, %IS_OWED);
*IS_OPEN = \%Starlight::Host::State::IS_OPEN;
*IS_OWED = \%Starlight::Host::State::IS_OWED;

# How the end of a response says what becomes of the child.
my %flags = (free => FLAG_LAST, work => FLAG_LAST | FLAG_BUSY, leave => FLAG_LAST | FLAG_LEAVING);
my $empty;    # the input of requests without a body

# `$request`: its number.
sub new {
    my ($class, $child, $request) = @_;
    return bless { child => $child, line => $child->{line}, request => $request }, $class;
}

sub run {
    my ($self, $payload, $shared) = @_;
    my $child = $self->{child};
    my ($mode, $length) = unpack 'C N', $$payload;
    my %env = (@$shared, split /\0/, substr $$payload, 5, $length);
    $self->{env} = \%env;
    $env{'psgix.cleanup.handlers'} = [];
    $env{'psgix.informational'} = sub { $self->inform(@_) };
    # The client left before its body was here.
    $env{'psgi.input'} = $self->input($mode, $length, $payload) or return $self->pass;
    $env{'psgix.input.buffered'} = !!0 if $mode == MODE_LIVE;
    $env{'psgix.request_id'} = $env{HTTP_X_REQUEST_ID} if $child->{settings}{ids};
    if ($mode == MODE_UPGRADE) { $env{'psgix.io'} = $self->tunnel or return $self->pass }

    # $$ is a system call. A plain answer is checked where it is sent, and once.
    my $is_plain;
    my $is_done = eval {
        my $response = $child->{app}->(\%env);
        $is_plain = ref $response eq 'ARRAY' && ref $response->[2] eq 'ARRAY';
        $child->leave_copy if !$is_plain && $$ != $child->{pid};
        ref $response eq 'ARRAY' ? $self->send_whole($response) : $self->respond_by($response);
        1;
    };
    $self->leave_copy($is_done || $is_plain ? undef : $@) if !($is_done && $is_plain) && $$ != $child->{pid};
    $self->fail($@) unless $is_done;
    $self->end_silence($mode == MODE_UPGRADE) if $IS_OPEN{ $child->{state} };
    $self->conclude;
}

# Nobody wants an answer any more, and none has begun.
sub pass {
    my ($self) = @_;
    delete $self->{env};
    $self->{child}->enter('free');
    $self->{line}->send(FRAME_IDLE, $self->{request}, "\0");
}

# One that has the client's socket may well have said all there. If not, the client is owed this.
sub end_silence {
    my ($self, $has_socket) = @_;
    return $self->fail('The application has not answered') unless $has_socket && $IS_OWED{ $self->{child}{state} };
    $self->send_error;
}

# A copy that the application forked and let return here must not answer too.
sub leave_copy {
    my ($self, $cause) = @_;
    $self->complain($cause) if defined $cause;
    $self->{child}->leave_copy(defined $cause ? 255 : 0);
}

# Whoever keeps an exchange for longer must not say anything about another one; nor must a copy of the child.
sub check_turn {
    my ($self) = @_;
    $self->{line}->check_owner;
    die "Cannot answer: the request is over\n" if $self->{child}{exchange} != $self;
}

# --- The request

sub input {
    my ($self, $mode, $length, $payload) = @_;
    return $self->input_file if $mode == MODE_FRAMES;
    return Starlight::Host::Input->new(sub { $self->next_piece }) if $mode == MODE_LIVE;
    if ($mode == MODE_INLINE) {
        substr $$payload, 0, 5 + $length, '';
        open my $input, '<:raw', $payload or die "Cannot open the input: $!\n";
        return $input;
    }
    # One for all: nothing in it can move. An application may have closed it, opened it as something else, or put something back.
    unless ($empty && eval { fileno $empty == -1 && eof $empty }) {
        my $nothing = '';
        open $empty, '<:raw', \$nothing or die "Cannot open the input: $!\n";
    }
    return $empty;
}

# A large body follows in frames. It goes to a file without a name, which the application can read and seek.
sub input_file {
    my ($self) = @_;
    open my $file, '+>:raw', undef or die "Cannot keep the request body: $!\n";
    while (my ($type, $payload) = $self->{child}->next_frame) {
        if ($type eq FRAME_END) {
            seek $file, 0, 0;
            return $file;
        }
        return if $type eq FRAME_ABORT;
        print {$file} $$payload or die "Cannot keep the request body: $!\n";
    }
    return;
}

# The next piece of a body that comes as it is read; nothing at its end; dies when the client has gone.
sub next_piece {
    my ($self) = @_;
    $self->check_turn;
    # What has not been read by then is let go of.
    die "Cannot read: the request is answered\n" unless $IS_OPEN{ $self->{child}{state} };
    $self->{line}->send(FRAME_WANT, $self->{request}, '') unless $self->{is_gone};
    while (!$self->{is_gone}) {
        my ($type, $payload) = $self->{child}->next_frame or last;
        return $$payload if $type eq FRAME_DATA;
        return          if $type eq FRAME_END;
        $self->{is_gone} = 1 if $type eq FRAME_ABORT;
    }
    die Starlight::Host::Gone->new;
}

# A second connection, which Starlight makes one with the client's when the application writes to it.
sub tunnel {
    my ($self) = @_;
    my $child = $self->{child};
    my ($path, $token) = @{ $child->{settings} }{qw(sock token)};
    # An application may use every method of a socket.
    require IO::Socket::UNIX;
    my $socket = IO::Socket::UNIX->new(Peer => $path) or return;
    Starlight::Host::Connection::prepared($socket);
    my $hello = pack 'N a1 N N N a*', 8 + length $token, FRAME_TUNNEL, $self->{request}, $child->{number}, $$, $token;
    syswrite($socket, $hello) == length $hello or return;
    while (my ($type, $payload) = $child->next_frame) {
        return $socket if $type eq FRAME_TUNNEL;
        return         if $type eq FRAME_ABORT;
    }
    return;
}

# --- The response

# An answer that is no array: a function that gives it.
sub respond_by {
    my ($self, $response) = @_;
    my $child = $self->{child};
    Starlight::Host::Response::check_form($response, ', or a code reference that is given a responder')
        unless (Scalar::Util::reftype($response) || '') eq 'CODE';
    $child->enter('delay');
    $response->(sub { $self->respond_later(@_) });
    $child->leave_copy if $$ != $child->{pid};
    $child->enter('return');
    die "The application has ended its answer without closing the writer\n" if $child->{state} eq 'body';
}

sub respond_later {
    my ($self, $response) = @_;
    $self->check_turn;
    die "The application has answered already\n" unless $IS_OWED{ $self->{child}{state} };
    Starlight::Host::Response::check_form($response, '');
    if (@$response > 2) {
        $self->send_whole($response);
        return;
    }
    $self->begin($response);
    return Starlight::Host::Writer->new($self);
}

sub send_whole {
    my ($self, $response) = @_;
    my $body = $response->[2];
    if (ref $body eq 'ARRAY') {
        my $text = @$body == 1 && !ref $body->[0] && defined $body->[0] ? $body->[0] : Starlight::Host::Response::text_of($body);
        return $self->begin($response, $text, $self->ending) if length $text <= WHOLE_BYTES;
        return $self->send_text($response, $text);
    }
    Starlight::Host::Response::check_body($response);
    # A path serves middleware; the bytes are ours to send all the same.
    my $is_file = Plack::Util::is_real_fh($body);
    local $/ = $is_file ? \(WHOLE_BYTES) : $/;
    my $first = $body->getline;
    if ($is_file && (!defined $first || length $first < WHOLE_BYTES)) {
        $body->close;
        return $self->begin($response, defined $first ? $first : '', $self->ending);
    }
    $self->begin($response);
    for (my $piece = $first; defined $piece; $piece = $body->getline) {
        Starlight::Host::Response::bytes_only($piece);
        $self->send_body($piece) if length $piece;
        last if $self->{is_gone};
    }
    $body->close;
    $self->end;
}

sub send_text {
    my ($self, $response, $text) = @_;
    Starlight::Host::Response::bytes_only($text);
    my $end = length $text > PIECE_BYTES ? PIECE_BYTES : length $text;
    # The head of the first piece comes with it: each write wakes Starlight.
    $self->begin(Starlight::Host::Response::with_length($response, length $text), '', undef, $self->data_head($end));
    $self->{line}->send_bytes($text, 0, $end);
    $self->send_body($text, $end);
    $self->end;
}

# The head, and with `$ending` all there is: `$text` is the body then. `$behind`: the beginning of the next frame.
sub begin {
    my ($self, $response, $text, $ending, $behind) = @_;
    $text = '' unless defined $text;
    my $fields = Starlight::Host::Response::packed_fields($response);
    my $frame = pack('N a1 N n C N', 7 + length($fields) + length $text, FRAME_RESPONSE, $self->{request},
        $response->[0], defined $ending ? $flags{$ending} : 0, length $fields) . $fields . $text;
    utf8::downgrade($frame, 1) or Starlight::Host::Response::bytes_only($frame);
    $self->{child}->enter(defined $ending ? $ending : 'begin');
    $frame .= $behind if defined $behind;
    $self->{line}->send_bytes($frame);
}

sub data_head { return pack 'N a1 N', $_[1], FRAME_DATA, $_[0]{request} }

# Large texts out of themselves: a copy of each piece would be memory that the system has to give and clear. `$at`: from there on.
sub send_body {
    my ($self, undef, $at) = @_;
    if (ref $_[1]) {
        Starlight::Host::Response::check_text($_[1], 'a piece of its body');
        return $self->send_body("$_[1]");
    }
    my ($line, $request) = @$self{qw(line request)};
    $at ||= 0;
    while ($at < length $_[1]) {
        $self->look_for_abort;
        return if $self->{is_gone};
        return $line->send(FRAME_DATA, $request, $_[1]) if !$at && length $_[1] <= Starlight::Host::Connection::COPIED_BYTES();
        my $end = $at + PIECE_BYTES;
        $end = length $_[1] if $end > length $_[1];
        $line->send_bytes($self->data_head($end - $at));
        $line->send_bytes($_[1], $at, $end);
        $at = $end;
    }
}

sub end {
    my ($self, $is_broken) = @_;
    my $ending = $self->ending;
    $self->{child}->enter($ending);
    $self->{line}->send(FRAME_END, $self->{request}, chr($flags{$ending} | ($is_broken ? FLAG_BROKEN : 0)));
}

# What becomes of the child once the response is sent.
sub ending {
    my ($self) = @_;
    my ($child, $env) = @$self{qw(child env)};
    my $handlers = $env->{'psgix.cleanup.handlers'};
    return 'work' if $child->{state} eq 'delayed' || $child->{state} eq 'stream' || (ref $handlers eq 'ARRAY' && @$handlers);
    return $child->{wants_end} || $child->{budget} || $env->{'psgix.harakiri.commit'} ? $self->last_ending : 'free';
}

# The same where something may ask the child to leave.
sub last_ending {
    my ($self) = @_;
    return $self->{child}->is_spent || $self->{env}{'psgix.harakiri.commit'} ? 'leave' : 'free';
}

sub inform {
    my ($self, $status, $headers) = @_;
    $self->check_turn;
    return unless $IS_OWED{ $self->{child}{state} };
    $self->{line}->send(FRAME_INFORM, $self->{request}, Starlight::Host::Response::packed_interim($status, $headers));
}

# Looks whether the client has left, without waiting.
sub look_for_abort {
    my ($self) = @_;
    my ($child, $line) = @$self{qw(child line)};
    my $count = $line->receive(0);
    return unless defined $count;
    return $self->{is_gone} = $child->{wants_end} = 1 unless $count;
    while (my @frame = $line->frame) { $self->{is_gone} = 1 if $child->takes(@frame) && $frame[0] eq FRAME_ABORT }
}

sub fail {
    my ($self, $cause) = @_;
    my $child = $self->{child};
    # The client left in the middle of a stream: nobody is there to be told.
    $self->complain($cause) unless Scalar::Util::blessed($cause) && $cause->isa('Starlight::Host::Gone');
    # The function that it gave has died.
    $child->enter('return') if $child->{state} eq 'delayed' || $child->{state} eq 'stream';
    return unless $IS_OPEN{ $child->{state} };
    return $IS_OWED{ $child->{state} } ? $self->send_error : $self->end('broken');
}

sub send_error {
    my ($self) = @_;
    $self->begin([500, ['Content-Type' => 'text/plain']], 'Internal Server Error', $self->ending);
}

# Which request it was is what whoever reads the log wants to know.
sub complain {
    my ($self, $cause) = @_;
    my $env = $self->{env};
    Starlight::Host::Errors::entry(error => "The application failed on $env->{REQUEST_METHOD} $env->{REQUEST_URI}: $cause");
}

sub conclude {
    my ($self) = @_;
    my ($child, $env) = @$self{qw(child env)};
    Starlight::Host::Errors::look() if $Starlight::Host::Errors::needs_look;
    if ($child->{state} eq 'busy') {
        my $handlers = $env->{'psgix.cleanup.handlers'};
        for my $handler (ref $handlers eq 'ARRAY' ? @$handlers : ()) {
            eval { $handler->($env); 1 } or $self->complain($@);
            $child->leave_copy if $$ != $child->{pid};
        }
        my $ending = $self->last_ending;
        $child->enter($ending);
        $self->{line}->send(FRAME_IDLE, $self->{request}, chr($flags{$ending} & ~FLAG_LAST));
    }
    # It has functions that know this exchange.
    delete $self->{env};
}

1;
