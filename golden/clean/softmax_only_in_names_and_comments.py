# Multinomial ("softmax") regression. nn.CrossEntropyLoss applies the softmax itself, so:
# loss = criterion(F.softmax(model(x), dim=1), y)   <- would be wrong
import torch
import torch.nn as nn

torch.manual_seed(1)


class SoftmaxClassifier(nn.Module):
    """Linear softmax classifier: forward() ends with softmax(Wx + b) in the lecture notes,
    here it returns Wx + b."""

    def __init__(self, num_inputs, num_classes):
        super().__init__()
        self.linear = nn.Linear(num_inputs, num_classes)
        self.softmax = nn.Softmax(dim=1)  # kept for the checkpoint format, unused

    def forward(self, x):
        # x = self.softmax(x)
        return self.linear(x)


softmax_labels = torch.randint(0, 3, (150,))
softmax_inputs = torch.randn(150, 4)
softmax_inputs[torch.arange(150), softmax_labels] += 2

softmax = SoftmaxClassifier(4, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(softmax.parameters(), lr=0.5)

for epoch in range(10):
    for idx in torch.randperm(150).split(15):
        optimizer.zero_grad()
        loss = criterion(softmax(softmax_inputs[idx]), softmax_labels[idx])
        loss.backward()
        optimizer.step()
    print("epoch %d: %.4f" % (epoch, loss.item()))
